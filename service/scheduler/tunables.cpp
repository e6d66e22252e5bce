// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/tunables.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "service/base/clock.h"

namespace gamesched {
namespace {

constexpr std::array kTunables = {
    Tunable{"slice-usec", false, 500, 20'000, 3'000, &gs_tunables::slice_ns},
    Tunable{"slice-min-usec", false, 100, 20'000, 500, &gs_tunables::slice_min_ns},
    Tunable{"game-budget-usec", false, 0, 100'000, 500, &gs_tunables::game_budget_ns},
    Tunable{"background-bound-usec", false, 5'000, 1'000'000, 100'000,
            &gs_tunables::background_bound_ns},
    Tunable{"preempt", true, 0, 1, 1, &gs_tunables::preempt},
    Tunable{"roles", true, 0, 1, 1, &gs_tunables::roles},
    Tunable{"input-window-mouse-usec", false, 0, 200'000, 8'000,
            &gs_tunables::input_window_mouse_ns},
    Tunable{"input-window-keyboard-usec", false, 0, 200'000, 32'000,
            &gs_tunables::input_window_keyboard_ns},
    Tunable{"input-window-gamepad-usec", false, 0, 200'000, 16'000,
            &gs_tunables::input_window_gamepad_ns},
    Tunable{"full-frequency", true, 0, 1, 1, &gs_tunables::full_frequency},
};

uint64_t scale_of(const Tunable& tunable) {
    return tunable.is_switch ? 1 : kNsPerUsec;
}

Result<const Tunable*> find_for_value(std::string_view name, uint64_t value) {
    const Tunable* tunable = find_tunable(name);
    if (!tunable)
        return fail(ErrorKind::kNoSuchTunable, std::format("There is no tunable \"{}\"", name));
    if (value < tunable->low || value > tunable->high)
        return fail(ErrorKind::kOutOfRange, std::format("{}: {} is not between {} and {}", name,
                                                        value, tunable->low, tunable->high));
    return tunable;
}

}  // namespace

std::span<const Tunable> all_tunables() {
    return kTunables;
}

const Tunable* find_tunable(std::string_view name) {
    const auto found = std::ranges::find(kTunables, name, &Tunable::name);
    return found == kTunables.end() ? nullptr : &*found;
}

gs_tunables default_tunables() {
    gs_tunables tunables = {};
    for (const Tunable& tunable : kTunables)
        tunables.*tunable.field = tunable.standard * scale_of(tunable);
    return tunables;
}

uint64_t get_tunable(const gs_tunables& tunables, const Tunable& tunable) {
    return tunables.*tunable.field / scale_of(tunable);
}

Result<void> set_tunable(gs_tunables& tunables, std::string_view name, uint64_t value) {
    return find_for_value(name, value).transform([&](const Tunable* tunable) {
        tunables.*tunable->field = value * scale_of(*tunable);
    });
}

Result<void> set_tunable(TunableValues& values, std::string_view name, uint64_t value) {
    return find_for_value(name, value).transform([&](const Tunable* tunable) {
        values[tunable->name] = value;
    });
}

gs_tunables with_values(gs_tunables tunables, const TunableValues& values) {
    for (const auto& [name, value] : values)
        std::ignore = set_tunable(tunables, name, value);
    return tunables;
}

}  // namespace gamesched

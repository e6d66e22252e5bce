// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/profiles.h"

#include <algorithm>
#include <array>
#include <ranges>

#include "service/base/process.h"

namespace gamesched {
namespace {

struct BuiltIn {
    std::string_view profile;
    std::string_view tunable;
    uint64_t value;
};

constexpr std::array kBuiltIn = {
    // From input to picture as fast as possible; others wait longer and run in more pieces.
    BuiltIn{"esports", "slice-usec", 2'000},
    BuiltIn{"esports", "game-budget-usec", 250},
    BuiltIn{"esports", "background-bound-usec", 200'000},
    BuiltIn{"esports", "input-window-mouse-usec", 16'000},
    BuiltIn{"esports", "input-window-keyboard-usec", 64'000},
    BuiltIn{"esports", "input-window-gamepad-usec", 32'000},
    // Fewer switches, and CPUs no faster than their load needs.
    BuiltIn{"battery", "slice-usec", 6'000},
    BuiltIn{"battery", "slice-min-usec", 1'000},
    BuiltIn{"battery", "input-window-mouse-usec", 4'000},
    BuiltIn{"battery", "input-window-keyboard-usec", 16'000},
    BuiltIn{"battery", "input-window-gamepad-usec", 8'000},
    BuiltIn{"battery", "full-frequency", 0},
};

// Independent of the locale.
bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
}

}  // namespace

Profiles::Profiles() {
    profiles_.try_emplace(kStandard);
    for (const BuiltIn& difference : kBuiltIn)
        profiles_[std::string(difference.profile)][find_tunable(difference.tunable)->name] =
            difference.value;
}

bool Profiles::is_name(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameBytes &&
           std::ranges::all_of(text, is_name_character);
}

Result<void> Profiles::check(std::string_view name) const {
    if (has(name))
        return {};
    return fail(ErrorKind::kNoSuchProfile,
                std::format("There is no profile \"{}\"", printable(name, 2 * kMaxNameBytes)));
}

Result<void> Profiles::check_wish(std::string_view name) const {
    return name.empty() ? Result<void>() : check(name);
}

std::vector<std::string> Profiles::names() const {
    const auto names = std::views::keys(profiles_);
    return {names.begin(), names.end()};
}

TunableValues* Profiles::edit(std::string_view name) {
    if (!has(name) && (!is_name(name) || profiles_.size() >= kMaxProfiles))
        return nullptr;
    return &profiles_[std::string(name)];
}

gs_tunables Profiles::tunables(std::string_view name, const TunableValues& over) const {
    const auto profile = profiles_.find(name);
    gs_tunables tunables = default_tunables();
    if (profile != profiles_.end())
        tunables = with_values(tunables, profile->second);
    return with_values(tunables, over);
}

}  // namespace gamesched

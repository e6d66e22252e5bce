// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Gaming mode: what the user wants (auto, on, off) and what follows from it.

#pragma once

#include <optional>
#include <string_view>

namespace gamesched {

enum class Mode { kAuto, kOn, kOff };

constexpr const char* to_string(Mode mode) {
    return mode == Mode::kOn ? "on" : mode == Mode::kOff ? "off" : "auto";
}

constexpr std::optional<Mode> parse_mode(std::string_view text) {
    for (const Mode mode : {Mode::kAuto, Mode::kOn, Mode::kOff})
        if (text == to_string(mode))
            return mode;
    return std::nullopt;
}

// Whether gaming mode is on.
constexpr bool is_active(Mode mode, size_t games, size_t holds) {
    return mode == Mode::kOn || (mode == Mode::kAuto && games + holds > 0);
}

}  // namespace gamesched

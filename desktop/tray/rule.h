// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The rule that keeps a program from being taken for a game: lines for a file in games.d, which
// only an administrator writes. Pure.

#pragma once

#include <optional>
#include <string>

namespace gamesched::tray {

// What org.gamesched1.Manager.Why says of a process.
struct ProgramFacts {
    std::string app_id;
    std::string executable;
};

// Empty if no rule could tell the program from others.
std::optional<std::string> rule_against(const ProgramFacts& program);

}  // namespace gamesched::tray

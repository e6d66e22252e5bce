// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A running game as its user sees it: what it was started with. Our own processes show us their
// environment and programs, which the service cannot see.

#pragma once

#include <string>
#include <vector>

#include "desktop/agent/games.h"

namespace gamesched::agent {

struct Played {
    std::string app_id;                 // Steam's
    std::string flatpak_id;             // of the sandbox that it runs in
    std::string scope;                  // last component of its control group
    std::vector<std::string> programs;  // the files that its processes are
    std::vector<std::string> paths;     // those, and the files that they were given
};

Played played_by(const Game& game);

// Whether a window whose application calls itself so is the game's. Pure.
bool is_window_of(const std::string& window, const Played& played);

}  // namespace gamesched::agent

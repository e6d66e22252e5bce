// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched run: this process says that it is a game and becomes the program.

#pragma once

#include "desktop/client/options.h"
#include "desktop/client/problem.h"
#include "desktop/client/snapshot.h"

#include <string>

namespace gamesched::client {

// Returns only if the program could not be executed. Whatever happens to the registration, the
// program runs.
int run(const RunCommand& command) noexcept;

// "CMD runs without gaming mode: …". Hints are for those who can follow them: not "with sudo" to a
// game. Pure.
std::string without_gaming_mode(const Problem& problem);

// What the service is told. `steam_app_id`: the environment's SteamAppId, or null. Pure.
Options registration_options(const RunCommand& command, const char* steam_app_id);

}  // namespace gamesched::client

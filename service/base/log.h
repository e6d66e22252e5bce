// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Where a program of ours that runs in the background logs to.

#pragma once

#include <string>

namespace gamesched {

// From now on spdlog writes to the journal where systemd has connected the program with it,
// otherwise to stderr, without messages for debugging unless `debug`.
void log_as(const std::string& program, bool debug = false);

}  // namespace gamesched

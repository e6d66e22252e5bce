// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The user's terminal, in which the command line client shows what happens.

#pragma once

#include <string>
#include <vector>

namespace gamesched::tray {

// The command that runs `command` in a terminal; empty if there is no terminal.
std::vector<std::string> in_terminal(const std::vector<std::string>& command);

// False if it could not be started.
bool start(const std::vector<std::string>& command);

}  // namespace gamesched::tray

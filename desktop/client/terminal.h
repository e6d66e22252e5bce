// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Where this client writes: stdout for what was asked, stderr for what went wrong.

#pragma once

#include "desktop/client/problem.h"

#include <string>
#include <string_view>
#include <vector>

namespace gamesched::client {

enum class Colour { kGood, kWarning, kBad };

// Whether stdout is a terminal whose user wants colours.
bool wants_colour();

// `text` in colour if stdout is a terminal whose user has not set NO_COLOR; otherwise as it is.
std::string coloured(std::string_view text, Colour colour);

// One line on stdout, at once, also into a pipe.
void say(std::string_view line);

// Each of them.
void print(const std::vector<std::string>& lines);

// "gamesched: TEXT" on stderr.
void warn(std::string_view text) noexcept;

// Says the problem on stderr and returns its exit code.
int fail(const Problem& problem);

// Makes sure that 0, 1 and 2 are open, so that no socket of ours becomes somebody's stderr. What is
// opened here is closed again when another program is executed.
void open_standard_streams() noexcept;

}  // namespace gamesched::client

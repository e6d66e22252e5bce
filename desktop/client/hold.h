// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched hold: gaming mode while a program runs, without making it a game.

#pragma once

#include "desktop/client/options.h"

#include <cstdint>

#include <sys/types.h>

namespace gamesched::client {

// Returns the program's exit status. The program runs whether there is a service or not.
int hold(const HoldCommand& command);

// Whether a signal that this process received has to be passed on to the program; not if the
// program has received it, too. `code` and `sender`: si_code and si_pid of the signal. Pure.
bool is_to_be_forwarded(std::int32_t code, pid_t sender, pid_t program);

}  // namespace gamesched::client

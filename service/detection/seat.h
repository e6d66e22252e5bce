// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Whose programs may be found to be games: those of people who sit at the machine.

#pragma once

#include <sys/types.h>

namespace gamesched {

// Whether the user has a session at a seat of this machine, in the foreground or not. Always true
// for root, and for everybody where logind does not run, so that nobody could say.
bool is_seated(uid_t user);

}  // namespace gamesched

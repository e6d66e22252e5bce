// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What org.gamesched1.Scheduler.Explain says: pure, from what the scheduler knows about a thread.

#pragma once

#include <sdbus-c++/Types.h>

#include <map>
#include <string>

#include "service/games/game.h"
#include "service/scheduler/backend.h"

namespace gamesched {

// `game` may be null. Names of processes are the caller's to add.
std::map<std::string, sdbus::Variant> explain(const ThreadFacts& facts, const gs_tunables& tunables,
                                              const Game* game);

}  // namespace gamesched

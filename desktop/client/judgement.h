// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What people read of why a process is taken for a game, or is not. Pure.

#pragma once

#include "desktop/client/report.h"
#include "desktop/client/snapshot.h"

namespace gamesched::client {

// As of org.gamesched1.Manager.Why.
Lines judgement_page(const Options& judgement);

// The games with their evidence, or one line that says that there are none.
Lines why_games_page(const std::vector<GameView>& games);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Whose times are kept while there is room for some games only. Pure.

#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "service/games/game.h"

namespace gamesched {

// Trees in the order of their right to it: the first game of each user, the second of each, and so
// on, so that nobody with many games leaves others without. `games`: those that started first
// first.
inline std::vector<uint64_t> trees_in_turn(const std::vector<const Game*>& games) {
    std::map<uid_t, size_t> turns;
    std::multimap<size_t, uint64_t> in_turn;
    for (const Game* game : games)
        if (game->tree != 0)
            in_turn.emplace(turns[game->user]++, game->tree);
    std::vector<uint64_t> trees;
    for (const auto& [turn, tree] : in_turn)
        trees.push_back(tree);
    return trees;
}

}  // namespace gamesched

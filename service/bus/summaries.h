// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What is said of a game when it has ended: in GameExited, in the journal, and in the history that
// Stats.GetHistory gives.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "service/core.h"
#include "service/games/history.h"
#include "service/stats/measurements.h"

namespace gamesched {

class Summaries {
  public:
    Summaries(const Core& core, History history);

    void on_started(const Game& game);
    // The members of GameExited's summary.
    Measurements on_exited(const Game& game, const GameEnd& end);
    // In the journal and in the history.
    void remember(const Game& game, const Measurements& summary);

    // As of Stats.GetHistory: of this user's games, of everybody's for root.
    std::vector<Measurements> newest(uid_t user, size_t limit) const;

  private:
    // What the scheduler had counted when a game began, and since when.
    struct Start {
        std::chrono::microseconds attached{};
        std::array<uint64_t, 3> counted = {};
    };

    std::array<uint64_t, 3> counted() const;
    Measurements counted_since(uint64_t id) const;

    const Core& core_;
    History history_;
    std::map<uint64_t, Start> at_start_;  // by game
};

}  // namespace gamesched

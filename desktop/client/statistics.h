// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What people read of counters and histograms: the pages of `stats`. Pure.

#pragma once

#include "desktop/client/report.h"
#include "desktop/client/snapshot.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched::client {

// As of org.gamesched1.Stats; in the order in which they are shown.
inline constexpr std::array<std::string_view, 4> kClasses{"game", "session", "kernel", "other"};
inline constexpr std::array<std::string_view, 6> kRoles{"input",      "audio", "gpu",
                                                        "compositor", "chain", "none"};

struct TimesView {
    struct Bucket {
        Usec end{};  // what it counts is shorter
        std::uint64_t count = 0;
    };

    std::uint64_t count = 0;
    Usec sum{};
    Usec median{};
    Usec p99{};
    Usec longest{};
    std::vector<Bucket> buckets;
};

struct SlicesView {
    std::uint64_t count = 0;
    std::uint64_t sum_permille = 0;
    std::vector<std::uint64_t> tenths;
};

TimesView times_view(const Options& histogram);
SlicesView slices_view(const Options& histogram);

// A dictionary inside a dictionary; nothing if it is not there.
std::optional<Options> inner(const Options& dictionary, std::string_view key);

// How many threads of a game have which of kRoles now, with ThreadsByRole of
// org.gamesched1.Game.GetStats. 0 where nothing is known.
std::map<std::string_view, std::uint64_t> threads_by_role(const Options& stats);

// "without a role", or `before` and the role.
std::string role_text(std::string_view role, std::string_view before = "");

// The counters, then the histograms that count something.
Lines stats_page(const Options& stats);

// The table of how long a game's threads waited and its frames took, with Waits, WaitsByRole and
// Frames of org.gamesched1.Game.GetStats. No lines if there were none.
Lines times_of_game(const Options& stats);

// How many frames there were and how many were late, with Frames and LateFrames of the same. Empty
// if none is known of.
std::string frames_and_late_ones(const Options& stats);

// As of org.gamesched1.Game.GetStats.
Lines game_stats_page(const GameView& game, const Options& stats);

// The game of that PID or name; of several with one name the newest. Null if there is none.
const GameView* find_game(const std::vector<GameView>& games, const std::string& pid_or_name);

}  // namespace gamesched::client

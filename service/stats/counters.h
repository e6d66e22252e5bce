// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the scheduler has counted, summed over CPUs where nothing else is said.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "bpf/intf.h"
#include "service/stats/histogram.h"

namespace gamesched {

struct SchedulerCounters {
    std::array<uint64_t, GS_NR_COUNTERS> counters = {};
    std::array<uint64_t, GS_NR_CLASSES> max_wait_ns = {};
    std::array<Histogram, GS_NR_HISTOGRAMS> histograms;  // by enum gs_histogram_id
    // How long each possible CPU has run threads, by enum gs_party.
    std::array<std::vector<uint64_t>, GS_NR_PARTIES> run_ns_by_cpu;
};

// The longest wait of a game's threads.
struct WorstWait {
    uint64_t wait_ns = 0;  // 0: none has waited
    uint64_t at_ns = 0;    // when it ended, CLOCK_MONOTONIC
    size_t role = 0;       // enum gs_role
};

// How many threads a game has now, by enum gs_role.
using ThreadsByRole = std::array<uint32_t, GS_NR_ROLES>;

// Of a game's threads.
struct GameTimes {
    std::array<Histogram, GS_NR_ROLES> waits;  // by enum gs_role
    WorstWait worst;
    Histogram frames;  // from one to the next; empty if it gives no work to a GPU that is known of
};

}  // namespace gamesched

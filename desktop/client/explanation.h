// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What people read of the scheduler's knowledge about threads: the page of one, the table of a
// process, and whether waiting for CPUs is why it stutters. Pure.
//
// The verdict's rules, in this order; a wait lasts from runnable to running:
//   waits for longer than 4 ms now          say so, then go on
//   fewer than 100 waits                    too few to judge by
//   99th percentile over 4 ms               it waits for CPUs. Not part of a game: games go before
//                                           it. Preempted in one of ten waits or more: that is why.
//                                           Otherwise: its game wants more CPUs than it can have
//   99th percentile under 1 ms              waiting is not the reason; a single wait over 16 ms is
//                                           named all the same
//   in between                              a part of it, at high frame rates

#pragma once

#include "desktop/client/json.h"
#include "desktop/client/report.h"
#include "desktop/client/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gamesched::client {

// As of org.gamesched1.Scheduler.Explain; every string is printable, what is missing is empty.
struct ThreadView {
    std::uint32_t tid = 0;
    std::uint32_t pid = 0;
    std::string name;
    std::string game;  // object path; empty: it belongs to none
    std::string game_name;
    std::string thread_class;
    std::string role;
    std::string fact;
    std::optional<Usec> fact_age;
    std::uint32_t fact_tid = 0;
    std::uint32_t distance = 0;
    bool behind = false;  // another game has the focus
    Usec budget{};
    Usec used{};
    std::uint32_t weight = 0;
    std::uint32_t last_cpu = 0;
    std::uint64_t waits = 0;
    Usec median{};
    Usec p99{};
    Usec longest{};
    Usec waiting{};
    std::uint64_t preempted = 0;
    std::uint64_t preempts = 0;
};

ThreadView thread_view(const Options& explanation);

// The largest 99th percentile first, then the longest wait, then the smaller TID.
void sort_worst_first(std::vector<Options>& explanations);

// One thread: labelled lines, an empty one, the verdict.
Lines thread_page(const ThreadView& thread);

// Threads of one process, at least one, in the order given.
Lines threads_page(const std::vector<ThreadView>& threads);

// One to three sentences.
Lines verdict(const ThreadView& thread);

// The dictionaries, in the order given.
Json explanations_json(const std::vector<Options>& explanations);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What was measured, by names, in the form that is shown: on the bus (service/bus/measurements.h),
// in the journal and in the history. Pure.

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "service/stats/counters.h"

namespace gamesched {

struct Measurements;
using Measured = std::variant<uint64_t, uint32_t, std::string, std::vector<uint64_t>,
                              std::vector<Histogram::Bucket>, Measurements>;

struct Measurements : std::map<std::string, Measured> {
    using map::map;
};

// enum gs_role.
const char* name_of_role(size_t role);

// Members of the dictionaries of Stats.Get and Game.GetStats.
Measurements measurements_of(const Histogram& times);
Measurements measurements_of(const SchedulerCounters& counters);
// Of a game that started then (CLOCK_MONOTONIC).
Measurements measurements_of(const GameTimes& times, std::chrono::microseconds started);
Measurements measurements_of(const ThreadsByRole& threads);

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What was measured, by names, in the form that is shown: on the bus (service/bus/measurements.h),
// in the journal and in the history. Pure.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
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

// Members of Stats.Get that are histograms of times, or dictionaries of them.
using Members = std::set<std::string, std::less<>>;
extern const Members kTimes;

// Members of the dictionaries of Stats.Get and Game.GetStats. Buckets are most of a histogram:
// those of counters have them only `with_buckets`.
Measurements measurements_of(const Histogram& times, bool with_buckets = true);
Measurements measurements_of(const SchedulerCounters& counters,
                             const Members& with_buckets = kTimes);
Measurements measurements_of(const GameWaits& waits);

}  // namespace gamesched

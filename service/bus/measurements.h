// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Counters and histograms in the form in which they are on the bus: the members of Stats.Get and
// Game.GetStats.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <map>
#include <string>

#include "service/scheduler/backend.h"

namespace gamesched {

using Measurements = std::map<std::string, sdbus::Variant>;

// enum gs_role.
const char* name_of_role(size_t role);

Measurements measurements_of(const Histogram& times);
Measurements measurements_of(const SchedulerCounters& counters);
Measurements measurements_of(const GameWaits& waits);

}  // namespace gamesched

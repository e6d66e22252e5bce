// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What a life of the service leaves to the next one about its scheduler. Times are of
// CLOCK_MONOTONIC, which goes on from one to the other.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gamesched {

struct SchedulerPast {
    bool was_on = false;  // attached, or about to be: a life that ended so has died
    uint32_t trips = 0;
    std::vector<std::chrono::microseconds> recent_trips;  // of the RetryPolicy
    std::chrono::microseconds off_until{};                // as SchedulerHost keeps it
    std::string why_off;
};

}  // namespace gamesched

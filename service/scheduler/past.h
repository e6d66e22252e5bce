// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What a life of the service leaves to the next one about its scheduler.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace gamesched {

// Times are of CLOCK_MONOTONIC, which goes on from one life to the next.
struct SchedulerPast {
    bool was_on = false;  // attached, or about to be. If a life ended so, nobody had stopped it
    uint32_t trips = 0;
    std::vector<std::chrono::microseconds> recent_trips;  // of the RetryPolicy
    std::chrono::microseconds off_until{};                // as SchedulerHost keeps it
    bool had_too_many_trips = false;
    std::string why_off;
};

}  // namespace gamesched

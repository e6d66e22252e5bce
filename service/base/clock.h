// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Time, in microseconds.

#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace gamesched {

// Times of the kernel are in nanoseconds.
inline constexpr uint64_t kNsPerUsec = 1000;

inline std::chrono::microseconds read_clock(clockid_t clock) {
    timespec time = {};
    clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) +
           std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::nanoseconds(time.tv_nsec));
}

inline std::chrono::microseconds monotonic_now() {
    return read_clock(CLOCK_MONOTONIC);
}

inline std::chrono::microseconds realtime_now() {
    return read_clock(CLOCK_REALTIME);
}

}  // namespace gamesched

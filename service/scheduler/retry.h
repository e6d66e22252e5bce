// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// When to try again after a trip of the scheduler: growing delays, and after three trips
// in ten minutes not at all.

#pragma once

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

namespace gamesched {

class RetryPolicy {
  public:
    using Time = std::chrono::microseconds;  // of CLOCK_MONOTONIC

    static constexpr Time kWindow = std::chrono::minutes(10);
    static constexpr size_t kMaxTrips = 3;
    static constexpr Time kFirstDelay = std::chrono::seconds(5);

    explicit RetryPolicy(Time first_delay = kFirstDelay) : first_delay_(first_delay) {}

    // Records a trip. How long to wait before the next try; nothing: stay off.
    std::optional<Time> on_trip(Time now) {
        std::erase_if(trips_, [&](Time trip) { return now - trip > kWindow; });
        trips_.push_back(now);
        if (has_given_up())
            return std::nullopt;
        Time delay = first_delay_;
        for (size_t i = 1; i < trips_.size(); ++i)
            delay *= 6;
        return delay;
    }

    // It said to stay off, and nothing has reset it since.
    bool has_given_up() const { return trips_.size() >= kMaxTrips; }
    void reset() { trips_.clear(); }

    // For the next life of the service.
    const std::vector<Time>& trips() const { return trips_; }
    void restore(std::vector<Time> trips) { trips_ = std::move(trips); }

  private:
    Time first_delay_;
    std::vector<Time> trips_;
};

}  // namespace gamesched

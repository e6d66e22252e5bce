// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// How often a user may ask for something: so many times at once, and then so many times a second (a
// token bucket for each user).

#pragma once

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <map>

namespace gamesched {

class RateLimit {
  public:
    using Time = std::chrono::microseconds;  // of CLOCK_MONOTONIC

    static constexpr double kAtOnce = 128;
    static constexpr double kPerSecond = 16;

    // Whether this once is within the limit; it counts if it is.
    bool take(uid_t user, Time now) {
        std::erase_if(buckets_,
                      [&](const auto& entry) { return left(entry.second, now) >= kAtOnce; });
        Bucket& bucket = buckets_.try_emplace(user, Bucket{kAtOnce, now}).first->second;
        bucket = {left(bucket, now), now};
        if (bucket.left < 1)
            return false;
        bucket.left -= 1;
        return true;
    }

    // Whether take() would say no.
    bool is_spent(uid_t user, Time now) const {
        const auto bucket = buckets_.find(user);
        return bucket != buckets_.end() && left(bucket->second, now) < 1;
    }

  private:
    struct Bucket {
        double left;
        Time at;
    };

    static double left(const Bucket& bucket, Time now) {
        const std::chrono::duration<double> since = now - bucket.at;
        return std::min(kAtOnce, bucket.left + since.count() * kPerSecond);
    }

    std::map<uid_t, Bucket> buckets_;  // of those who have asked lately
};

}  // namespace gamesched

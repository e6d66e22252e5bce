// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A histogram of the kernel's (bpf/histogram.h), summed over CPUs. Pure.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "bpf/intf.h"

namespace gamesched {

class Histogram {
  public:
    struct Bucket {
        uint64_t end_usec = 0;  // what it counts is shorter, except in the last one
        uint64_t count = 0;

        bool operator==(const Bucket&) const = default;
    };

    // Another CPU's, or another role's.
    void add(const gs_histogram& part);
    void add(const Histogram& other);

    uint64_t count() const;
    uint64_t sum() const { return sum_; }
    uint64_t max() const { return max_; }
    std::span<const uint64_t, GS_WAIT_BUCKETS> counts() const { return counts_; }

    // The time that so many thousandths of all did not reach; never more than the longest. 0 if
    // there were none.
    uint64_t percentile_usec(uint64_t permille) const;
    // Those that count something, the shortest first.
    std::vector<Bucket> buckets() const;

  private:
    std::array<uint64_t, GS_WAIT_BUCKETS> counts_ = {};
    uint64_t sum_ = 0;
    uint64_t max_ = 0;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/stats/histogram.h"

#include <algorithm>
#include <numeric>

#include "bpf/histogram.h"
#include "service/base/clock.h"

namespace gamesched {
void Histogram::add(const gs_histogram& part) {
    std::ranges::transform(counts_, part.counts, counts_.begin(), std::plus());
    sum_ += part.sum;
    max_ = std::max<uint64_t>(max_, part.max);
}

void Histogram::add(const Histogram& other) {
    std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus());
    sum_ += other.sum_;
    max_ = std::max(max_, other.max_);
}

uint64_t Histogram::count() const {
    return std::accumulate(counts_.begin(), counts_.end(), uint64_t{0});
}

uint64_t Histogram::percentile_usec(uint64_t permille) const {
    const uint64_t all = count();
    const uint64_t longest = max_ / kNsPerUsec;
    uint64_t below = 0;
    for (size_t i = 0; all != 0 && i + 1 < counts_.size(); ++i) {
        below += counts_[i];
        if (below * 1000 >= all * permille)
            return std::min(gs_bucket_end_usec(i), longest);
    }
    return longest;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
    std::vector<Bucket> buckets;
    for (size_t i = 0; i < counts_.size(); ++i)
        if (counts_[i] != 0)
            buckets.push_back({gs_bucket_end_usec(i), counts_[i]});
    return buckets;
}

}  // namespace gamesched

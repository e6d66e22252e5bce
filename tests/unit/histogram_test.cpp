// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The same lines that the kernel runs.

#include "bpf/histogram.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace gamesched {
namespace {

TEST(Histogram, EveryTimeIsBelowTheEndOfItsBucketAndNotBelowThatOfTheOneBefore) {
    for (uint64_t usec = 0; usec < 4'000'000; usec += 1 + usec / 64) {
        const uint64_t bucket = gs_bucket(usec * 1000);
        ASSERT_LT(bucket, uint64_t{GS_WAIT_BUCKETS});
        EXPECT_LT(usec, gs_bucket_end_usec(bucket)) << usec;
        EXPECT_TRUE(bucket == 0 || usec >= gs_bucket_end_usec(bucket - 1)) << usec;
    }
}

TEST(Histogram, APercentileIsAtMostAQuarterTooLarge) {
    for (uint64_t bucket = 4; bucket + 1 < GS_WAIT_BUCKETS; ++bucket)
        EXPECT_LE(gs_bucket_end_usec(bucket) * 4, gs_bucket_end_usec(bucket - 1) * 5) << bucket;
}

TEST(Histogram, WhatIsTooLongGoesIntoTheLastBucket) {
    EXPECT_EQ(gs_bucket(std::numeric_limits<uint64_t>::max()), uint64_t{GS_WAIT_BUCKETS} - 1);
    EXPECT_EQ(gs_bucket(10'000'000'000), uint64_t{GS_WAIT_BUCKETS} - 1);
    EXPECT_EQ(gs_bucket(0), 0u);
}

TEST(Histogram, PercentilesCountFromTheShortestTime) {
    std::array<gs_u32, GS_WAIT_BUCKETS> waits = {};
    EXPECT_EQ(gs_percentile_usec(waits.data(), 500), 0u) << "of nothing";
    waits[gs_bucket(100'000)] = 98;   // 100 us
    waits[gs_bucket(5'000'000)] = 2;  // 5 ms
    EXPECT_EQ(gs_percentile_usec(waits.data(), 500), gs_bucket_end_usec(gs_bucket(100'000)));
    EXPECT_EQ(gs_percentile_usec(waits.data(), 980), gs_bucket_end_usec(gs_bucket(100'000)));
    EXPECT_EQ(gs_percentile_usec(waits.data(), 990), gs_bucket_end_usec(gs_bucket(5'000'000)));
}

}  // namespace
}  // namespace gamesched

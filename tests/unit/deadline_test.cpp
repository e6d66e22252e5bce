// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The same lines that the kernel runs.

#include "bpf/deadline.h"

#include <gtest/gtest.h>

#include <limits>

#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

constexpr uint64_t kMsec = 1'000'000;

TEST(Deadline, OrdersAcrossAWrapAround) {
    const uint64_t late = std::numeric_limits<uint64_t>::max() - 5;
    EXPECT_TRUE(gs_before(late, late + 10));
    EXPECT_FALSE(gs_before(late + 10, late));
    EXPECT_FALSE(gs_before(7, 7));
}

TEST(Deadline, AGameIsAheadOfEverythingThatBecameRunnableAtTheSameTime) {
    const gs_tunables t = default_tunables();
    for (const uint64_t used : {uint64_t{0}, kMsec, 1000 * kMsec})
        EXPECT_LT(gs_budget(&t, GS_CLASS_GAME, GS_RANK_PLAIN, used),
                  gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, 0));
}

TEST(Deadline, AGameStaysAheadWhateverTheTunablesAre) {
    gs_tunables t = default_tunables();
    ASSERT_TRUE(set_tunable(t, "game-budget-usec", 100'000));
    ASSERT_TRUE(set_tunable(t, "background-bound-usec", 5'000));
    EXPECT_LE(gs_budget(&t, GS_CLASS_GAME, GS_RANK_PLAIN, 0),
              gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, 0));
}

TEST(Deadline, BudgetGrowsWithUseUpToHalfOfTheBound) {
    const gs_tunables t = default_tunables();
    uint64_t previous = 0;
    for (uint64_t used = 0; used < 500 * kMsec; used += kMsec) {
        const uint64_t budget = gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, used);
        EXPECT_GE(budget, previous);
        EXPECT_LE(budget, t.background_bound_ns / 2);
        previous = budget;
    }
    EXPECT_EQ(gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, std::numeric_limits<uint64_t>::max()),
              t.background_bound_ns / 2);
}

TEST(Slice, ShrinksSoThatAQueueIsServedWithinHalfOfTheBound) {
    const gs_tunables t = default_tunables();
    for (uint64_t waiting = 0; waiting < 100; ++waiting) {
        const uint64_t slice = gs_slice(&t, waiting, 2, 100);
        EXPECT_LE(slice, t.slice_ns);
        EXPECT_GE(slice, t.slice_min_ns);
        if (slice > t.slice_min_ns) {
            EXPECT_LE(waiting * slice / 2, t.background_bound_ns / 2) << waiting << " wait";
        }
    }
    EXPECT_EQ(gs_slice(&t, 0, 2, 100), t.slice_ns);
    EXPECT_EQ(gs_slice(&t, 1'000'000, 2, 100), t.slice_min_ns);
}

TEST(Slice, IsInProportionToTheWeightWithinLimits) {
    const gs_tunables t = default_tunables();
    EXPECT_EQ(gs_slice(&t, 0, 2, 200), 2 * gs_slice(&t, 0, 2, 100));
    EXPECT_EQ(gs_slice(&t, 0, 2, 50), gs_slice(&t, 0, 2, 100) / 2);
    EXPECT_EQ(gs_slice(&t, 0, 2, 1), t.slice_min_ns);
    EXPECT_EQ(gs_slice(&t, 0, 2, 10'000), 4 * t.slice_ns);
}

TEST(Slice, IsNeverLongerThanTheLongestEvenIfTheShortestIs) {
    gs_tunables t = default_tunables();
    ASSERT_TRUE(set_tunable(t, "slice-min-usec", 20'000));
    EXPECT_EQ(gs_slice(&t, 100, 1, 100), t.slice_ns);
    EXPECT_EQ(gs_slice(&t, 100, 0, 100), t.slice_ns);
}

TEST(Slice, RestIsWhatWasNotRunUnlessThatIsTooLittle) {
    EXPECT_EQ(gs_slice_rest(3 * kMsec, kMsec), 2 * kMsec);
    EXPECT_EQ(gs_slice_rest(3 * kMsec, 3 * kMsec - GS_SLICE_REST_MIN_NS + 1), 0u);
    EXPECT_EQ(gs_slice_rest(3 * kMsec, 9 * kMsec), 0u);
    EXPECT_EQ(gs_slice_rest(0, 0), 0u);
}

TEST(Use, NeverGrowsByItself) {
    uint64_t previous = std::numeric_limits<uint64_t>::max();
    for (uint64_t elapsed = 0; elapsed < 70ull * GS_USE_HALF_LIFE_NS; elapsed += kMsec / 3) {
        const uint64_t use = gs_use_after(std::numeric_limits<uint64_t>::max(), elapsed);
        EXPECT_LE(use, previous) << elapsed;
        previous = use;
    }
}

TEST(Use, IsHalvedByEveryHalfLife) {
    EXPECT_EQ(gs_use_after(8 * kMsec, 0), 8 * kMsec);
    EXPECT_EQ(gs_use_after(8 * kMsec, GS_USE_HALF_LIFE_NS), 4 * kMsec);
    EXPECT_NEAR(static_cast<double>(gs_use_after(8 * kMsec, GS_USE_HALF_LIFE_NS / 2)), 6.0 * kMsec,
                kMsec / 50.0);
    EXPECT_EQ(gs_use_after(8 * kMsec, 3ull * GS_USE_HALF_LIFE_NS), kMsec);
    EXPECT_EQ(
        gs_use_after(std::numeric_limits<uint64_t>::max(), std::numeric_limits<uint64_t>::max()),
        0u);
}

TEST(Use, OfAConstantShareComesToRestAtThatShare) {
    for (const double share : {0.25, 0.5, 1.0}) {
        uint64_t used = 0;
        for (int turn = 0; turn < 1000; ++turn)
            used = gs_use_after(used, 3 * kMsec) + static_cast<uint64_t>(share * 3.0 * kMsec);
        EXPECT_NEAR(static_cast<double>(used), share * 64.0 * kMsec, share * 3.0 * kMsec) << share;
    }
}

TEST(Use, OfAHeavyTaskCountsLess) {
    EXPECT_EQ(gs_weighted(kMsec, 100), kMsec);
    EXPECT_EQ(gs_weighted(kMsec, 1000), kMsec / 10);
    EXPECT_EQ(gs_weighted(kMsec, 1), 100 * kMsec);
    EXPECT_EQ(gs_weighted(kMsec, 0), kMsec) << "a kernel that does not say";
}

TEST(Deadline, OverdueIsWhoHasWaitedAQuarterOfTheBoundLonger) {
    const gs_tunables t = default_tunables();
    const uint64_t deadline = 1000 * kMsec;
    EXPECT_FALSE(gs_is_overdue(&t, deadline, deadline));
    EXPECT_FALSE(gs_is_overdue(&t, deadline, deadline + t.background_bound_ns / 4));
    EXPECT_TRUE(gs_is_overdue(&t, deadline, deadline + t.background_bound_ns / 4 + 1));
    EXPECT_LT(
        gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, 1000 * kMsec) + t.background_bound_ns / 4,
        t.background_bound_ns);
}

TEST(Deadline, TimeDoesNotRunBackwards) {
    EXPECT_EQ(gs_since(5, 3), 2u);
    EXPECT_EQ(gs_since(3, 5), 0u);
    EXPECT_EQ(gs_since(2, std::numeric_limits<uint64_t>::max()), 3u) << "across a wrap-around";
}

TEST(Deadline, AGameThreadThatDrawsIsAheadOfOneThatLoads) {
    const gs_tunables t = default_tunables();
    EXPECT_LT(gs_budget(&t, GS_CLASS_GAME, GS_RANK_PLAIN, 2 * kMsec),
              gs_budget(&t, GS_CLASS_GAME, GS_RANK_PLAIN, 40 * kMsec));
    EXPECT_LE(gs_budget(&t, GS_CLASS_GAME, GS_RANK_PLAIN, std::numeric_limits<uint64_t>::max() / 2),
              gs_budget(&t, GS_CLASS_OTHER, GS_RANK_PLAIN, 0));
}

TEST(Deadline, TheMoreUrgentAGameThreadTheLessItWaits) {
    const gs_tunables t = default_tunables();
    for (const uint64_t used : {uint64_t{0}, kMsec, 20 * kMsec, 1000 * kMsec}) {
        EXPECT_EQ(gs_game_budget(&t, GS_RANK_WINDOW, used), 0u);
        uint64_t previous = 0;
        for (uint32_t rank = GS_RANK_WINDOW; rank <= GS_RANK_PLAIN; ++rank) {
            const uint64_t budget = gs_game_budget(&t, rank, used);
            EXPECT_GE(budget, previous) << "rank " << rank;
            EXPECT_LE(budget, t.background_bound_ns / 10);
            previous = budget;
        }
        EXPECT_GT(gs_game_budget(&t, GS_RANK_BEHIND, used), 2 * previous);
    }
    EXPECT_EQ(gs_game_budget(&t, GS_RANK_CRITICAL, 0), 0u);
    EXPECT_EQ(gs_game_budget(&t, GS_RANK_PLAIN, 0), t.game_budget_ns);
}

TEST(Weight, OfNestedGroupsMultipliesWithinItsLimits) {
    EXPECT_EQ(gs_nested_weight(100, 100), 100u);
    EXPECT_EQ(gs_nested_weight(100, 250), 250u);
    EXPECT_EQ(gs_nested_weight(200, 300), 600u);
    EXPECT_EQ(gs_nested_weight(50, 50), 25u);
    EXPECT_EQ(gs_nested_weight(1, 1), 1u);
    EXPECT_EQ(gs_nested_weight(10'000, 10'000), 10'000u);
    for (uint64_t weight = 1; weight < 10'000; weight += 7)
        EXPECT_LE(gs_nested_weight(300, weight), gs_nested_weight(300, weight + 7));
}

TEST(Weight, OfGroupsThatUsersMakeCanOnlyBeLowered) {
    for (uint64_t level = 0; level <= 3; ++level)
        EXPECT_EQ(gs_group_weight(10'000, level), 10'000u) << level;
    EXPECT_EQ(gs_group_weight(10'000, 4), 100u);
    EXPECT_EQ(gs_group_weight(50, 4), 50u);
    EXPECT_EQ(gs_group_weight(50, 2), 50u);
}

TEST(Performance, GrowsWithUseInStepsUpToAllOfIt) {
    EXPECT_EQ(gs_performance(0), 256u);
    EXPECT_EQ(gs_performance(64 * kMsec), 1024u);
    EXPECT_EQ(gs_performance(1000 * kMsec), 1024u);
    // Half of a CPU, and a quarter more than that.
    EXPECT_EQ(gs_performance(31 * kMsec), 640u);
    uint64_t previous = 0;
    for (uint64_t used = 0; used < 70 * kMsec; used += kMsec / 4) {
        EXPECT_GE(gs_performance(used), previous);
        EXPECT_EQ(gs_performance(used) % 128, 0u);
        previous = gs_performance(used);
    }
}

TEST(Capacity, ACpuIsFastFromFourFifthsOfTheFastestOn) {
    EXPECT_TRUE(gs_is_fast(1024));
    EXPECT_TRUE(gs_is_fast(820));
    EXPECT_FALSE(gs_is_fast(818));
    EXPECT_FALSE(gs_is_fast(0));
}

}  // namespace
}  // namespace gamesched

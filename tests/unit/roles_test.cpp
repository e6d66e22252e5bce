// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The same lines that the kernel runs.

#include "bpf/roles.h"

#include <gtest/gtest.h>

#include <limits>

namespace gamesched {
namespace {

constexpr uint64_t kMsec = 1'000'000;
constexpr uint64_t kSoonWraps = std::numeric_limits<uint64_t>::max() - kMsec;

TEST(Roles, FadeWhenTheirFactStops) {
    EXPECT_TRUE(gs_role_is_live(GS_ROLE_INPUT, 1000 * kMsec, 1249 * kMsec));
    EXPECT_FALSE(gs_role_is_live(GS_ROLE_INPUT, 1000 * kMsec, 1250 * kMsec));
    EXPECT_FALSE(gs_role_is_live(GS_ROLE_NONE, 1000 * kMsec, 1000 * kMsec));
}

TEST(Roles, LiveAcrossAWrapAroundAndWithAClockThatIsBehind) {
    EXPECT_TRUE(gs_role_is_live(GS_ROLE_AUDIO, kSoonWraps, kSoonWraps + 2 * kMsec));
    EXPECT_FALSE(gs_role_is_live(GS_ROLE_AUDIO, kSoonWraps, kSoonWraps + 300 * kMsec));
    EXPECT_TRUE(gs_role_is_live(GS_ROLE_AUDIO, 1000 * kMsec, 999 * kMsec));
}

TEST(Roles, AMoreImportantOneReplacesALesserOne) {
    EXPECT_TRUE(gs_role_replaces(GS_ROLE_CHAIN, 3, GS_ROLE_NONE, 0));
    EXPECT_TRUE(gs_role_replaces(GS_ROLE_INPUT, 0, GS_ROLE_GPU, 0));
    EXPECT_TRUE(gs_role_replaces(GS_ROLE_INPUT, 0, GS_ROLE_CHAIN, 1));
    EXPECT_FALSE(gs_role_replaces(GS_ROLE_CHAIN, 1, GS_ROLE_GPU, 0));
    EXPECT_FALSE(gs_role_replaces(GS_ROLE_COMPOSITOR, 0, GS_ROLE_AUDIO, 0));
}

TEST(Roles, OfAChainTheNearestCounts) {
    EXPECT_TRUE(gs_role_replaces(GS_ROLE_CHAIN, 1, GS_ROLE_CHAIN, 2));
    EXPECT_TRUE(gs_role_replaces(GS_ROLE_CHAIN, 2, GS_ROLE_CHAIN, 2)) << "is renewed";
    EXPECT_FALSE(gs_role_replaces(GS_ROLE_CHAIN, 3, GS_ROLE_CHAIN, 2));
}

TEST(Roles, UrgencyDecaysWithDistanceAndEnds) {
    EXPECT_TRUE(gs_role_is_inherited(0));
    EXPECT_TRUE(gs_role_is_inherited(GS_MAX_DISTANCE - 1));
    EXPECT_FALSE(gs_role_is_inherited(GS_MAX_DISTANCE));
    EXPECT_EQ(gs_rank(GS_ROLE_GPU, 0, false), uint32_t{GS_RANK_CRITICAL});
    uint32_t previous = GS_RANK_CRITICAL;
    for (uint32_t distance = 1; distance <= GS_MAX_DISTANCE; ++distance) {
        const uint32_t rank = gs_rank(GS_ROLE_CHAIN, distance, false);
        EXPECT_GT(rank, previous);
        EXPECT_LT(rank, uint32_t{GS_RANK_PLAIN});
        previous = rank;
    }
}

TEST(Roles, TheInputWindowComesBeforeEverythingAndNoRoleAfterIt) {
    EXPECT_EQ(gs_rank(GS_ROLE_CHAIN, GS_MAX_DISTANCE, true), uint32_t{GS_RANK_WINDOW});
    EXPECT_EQ(gs_rank(GS_ROLE_NONE, 0, false), uint32_t{GS_RANK_PLAIN});
    EXPECT_EQ(gs_rank(GS_ROLE_CHAIN, 1'000'000, false), uint32_t{GS_RANK_PLAIN - 1});
}

TEST(Roles, OfAGameThatIsNotLookedAtOnlyTheSoundIsUrgent) {
    for (const gs_role role : {GS_ROLE_NONE, GS_ROLE_CHAIN, GS_ROLE_GPU, GS_ROLE_INPUT})
        EXPECT_EQ(gs_rank_behind(role), uint32_t{GS_RANK_BEHIND}) << role;
    EXPECT_EQ(gs_rank_behind(GS_ROLE_AUDIO), uint32_t{GS_RANK_CRITICAL});
}

}  // namespace
}  // namespace gamesched

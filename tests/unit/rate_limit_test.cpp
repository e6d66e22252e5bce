// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/rate_limit.h"

#include <gtest/gtest.h>

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

constexpr uid_t kOne = 1000, kOther = 1001;

int taken(RateLimit& limit, uid_t user, RateLimit::Time now, int tries) {
    int taken = 0;
    for (int i = 0; i < tries; ++i)
        taken += limit.take(user, now) ? 1 : 0;
    return taken;
}

TEST(RateLimit, SoManyAtOnceAndThenSoManyASecond) {
    RateLimit limit;
    EXPECT_EQ(taken(limit, kOne, 10s, 1000), static_cast<int>(RateLimit::kAtOnce));
    EXPECT_EQ(taken(limit, kOne, 11s, 1000), static_cast<int>(RateLimit::kPerSecond));
    EXPECT_EQ(taken(limit, kOne, 11s + 500ms, 1000), static_cast<int>(RateLimit::kPerSecond) / 2);
}

TEST(RateLimit, WhoHasRestedStartsAnew) {
    RateLimit limit;
    taken(limit, kOne, 10s, 1000);
    EXPECT_EQ(taken(limit, kOne, 1h, 1000), static_cast<int>(RateLimit::kAtOnce));
}

TEST(RateLimit, WhetherAUserHasAnyLeftIsSaidWithoutTakingIt) {
    RateLimit limit;
    EXPECT_FALSE(limit.is_spent(kOne, 10s));
    taken(limit, kOne, 10s, 127);
    EXPECT_FALSE(limit.is_spent(kOne, 10s));
    EXPECT_TRUE(limit.take(kOne, 10s));
    EXPECT_TRUE(limit.is_spent(kOne, 10s));
    EXPECT_FALSE(limit.is_spent(kOther, 10s));
    EXPECT_FALSE(limit.is_spent(kOne, 11s));
}

TEST(RateLimit, OneUserTakesNothingFromAnother) {
    RateLimit limit;
    taken(limit, kOne, 10s, 1000);
    EXPECT_EQ(taken(limit, kOther, 10s, 1000), static_cast<int>(RateLimit::kAtOnce));
    EXPECT_EQ(taken(limit, kOne, 10s, 10), 0);
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/threads.h"

#include <gtest/gtest.h>

namespace gamesched::session {
namespace {

constexpr int prio(int io_class, int level) {
    return io_class << 13 | level;
}

constexpr int kRealTime = 1, kBestEffort = 2, kIdle = 3;

TEST(SessionThreads, UntouchedAndBestEffortThreadsAreRaised) {
    EXPECT_EQ(raised_ioprio(0, 0), prio(kBestEffort, 0));
    EXPECT_EQ(raised_ioprio(prio(kBestEffort, 4), 2), prio(kBestEffort, 2));
}

TEST(SessionThreads, OtherClassesAreLeftAlone) {
    EXPECT_EQ(raised_ioprio(prio(kIdle, 0), 0), std::nullopt);
    EXPECT_EQ(raised_ioprio(prio(kRealTime, 3), 0), std::nullopt);
}

TEST(SessionThreads, WhatWasRaisedGoesBackToTheDefault) {
    EXPECT_EQ(reset_ioprio(prio(kBestEffort, 0), 0), prio(kBestEffort, 4));
    EXPECT_EQ(reset_ioprio(prio(kBestEffort, 3), 0), std::nullopt);
    EXPECT_EQ(reset_ioprio(prio(kIdle, 0), 0), std::nullopt);
}

}  // namespace
}  // namespace gamesched::session

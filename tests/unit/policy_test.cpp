// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Small decisions: mode, launches, retry, tunables.

#include <gtest/gtest.h>

#include "service/detection/launch.h"
#include "service/detection/programs.h"
#include "service/mode.h"
#include "service/scheduler/retry.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

TEST(Mode, AutoFollowsGamesAndHolds) {
    EXPECT_FALSE(is_active(Mode::kAuto, 0, 0));
    EXPECT_TRUE(is_active(Mode::kAuto, 1, 0));
    EXPECT_TRUE(is_active(Mode::kAuto, 0, 1));
    EXPECT_TRUE(is_active(Mode::kOn, 0, 0));
    EXPECT_FALSE(is_active(Mode::kOff, 3, 3));
}

TEST(Mode, IsReadAsItIsWritten) {
    for (const Mode mode : {Mode::kAuto, Mode::kOn, Mode::kOff})
        EXPECT_EQ(parse_mode(to_string(mode)), mode);
    EXPECT_FALSE(parse_mode("ON"));
    EXPECT_FALSE(parse_mode(""));
}

TEST(Launches, SteamsReaperLaunchesTheGameOfItsAppId) {
    const auto launch =
        judge_launcher({"/steam/reaper", "SteamLaunch", "AppId=4242", "--", "/games/x"});
    ASSERT_TRUE(launch);
    EXPECT_EQ(launch->app_id, "4242");
}

TEST(Launches, AScriptsInterpreterStandsBeforeIt) {
    EXPECT_TRUE(judge_launcher({"/bin/sh", "/tmp/reaper", "SteamLaunch", "AppId=1", "--", "x"}));
}

TEST(Launches, WhatTheGameIsGivenDoesNotMakeALauncher) {
    EXPECT_FALSE(judge_launcher({"reaper", "--", "SteamLaunch", "AppId=1"}));
    EXPECT_FALSE(judge_launcher({"reaper", "AppId=1", "SteamLaunch"}));
    EXPECT_FALSE(judge_launcher({"reaper", "SteamLaunch", "AppId="}));
    EXPECT_FALSE(judge_launcher({}));
}

TEST(Launches, InstallersThatSteamRunsForAGameAreNone) {
    EXPECT_FALSE(judge_launcher({"reaper", "SteamLaunch", "AppId=1", "Install=1", "--", "x"}));
    EXPECT_FALSE(judge_launcher({"reaper", "SteamLaunch", "AppId=228980", "--", "proton", "run",
                                 "/s/legacycompat/iscriptevaluator.exe"}));
    EXPECT_TRUE(judge_launcher({"reaper", "SteamLaunch", "AppId=1", "--", "proton", "x.exe"}));
}

TEST(Launches, BaseNameIsTheLastComponent) {
    EXPECT_EQ(base_name("/a/b"), "b");
    EXPECT_EQ(base_name("b"), "b");
    EXPECT_EQ(base_name("a/"), "");
}

TEST(Retry, DelaysGrowAndTheThirdTripInTenMinutesIsTheLast) {
    using namespace std::chrono_literals;
    RetryPolicy policy;
    EXPECT_EQ(policy.on_trip(0s), 5s);
    EXPECT_EQ(policy.on_trip(60s), 30s);
    EXPECT_EQ(policy.on_trip(120s), std::nullopt);
    policy.reset();
    EXPECT_EQ(policy.on_trip(130s), 5s);
}

TEST(Retry, OldTripsAreForgotten) {
    using namespace std::chrono_literals;
    RetryPolicy policy;
    EXPECT_EQ(policy.on_trip(0s), 5s);
    EXPECT_EQ(policy.on_trip(1s), 30s);
    EXPECT_EQ(policy.on_trip(20min), 5s);
}

TEST(Tunables, RangesAreKeptAndNamesAreKnown) {
    gs_tunables tunables = default_tunables();
    for (const Tunable& tunable : all_tunables()) {
        EXPECT_EQ(get_tunable(tunables, tunable), tunable.standard) << tunable.name;
        EXPECT_TRUE(set_tunable(tunables, tunable.name, tunable.low));
        EXPECT_TRUE(set_tunable(tunables, tunable.name, tunable.high));
        EXPECT_EQ(set_tunable(tunables, tunable.name, tunable.high + 1).error().kind,
                  ErrorKind::kOutOfRange);
        EXPECT_EQ(get_tunable(tunables, tunable), tunable.high);
    }
    EXPECT_EQ(set_tunable(tunables, "warp", 1).error().kind, ErrorKind::kNoSuchTunable);
}

}  // namespace
}  // namespace gamesched

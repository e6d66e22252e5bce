// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Small decisions: mode, matcher, retry, tunables, topology.

#include <gtest/gtest.h>
#include <unistd.h>

#include <format>
#include <fstream>

#include "service/games/matcher.h"
#include "service/mode.h"
#include "service/scheduler/retry.h"
#include "service/scheduler/topology.h"
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

TEST(Matcher, SteamsReaperLaunchesTheGameOfItsAppId) {
    const auto launch =
        judge_launcher({"/steam/reaper", "SteamLaunch", "AppId=4242", "--", "/games/x"});
    ASSERT_TRUE(launch);
    EXPECT_EQ(launch->app_id, "4242");
}

TEST(Matcher, AScriptsInterpreterStandsBeforeIt) {
    EXPECT_TRUE(judge_launcher({"/bin/sh", "/tmp/reaper", "SteamLaunch", "AppId=1", "--", "x"}));
}

TEST(Matcher, WhatTheGameIsGivenDoesNotMakeALauncher) {
    EXPECT_FALSE(judge_launcher({"reaper", "--", "SteamLaunch", "AppId=1"}));
    EXPECT_FALSE(judge_launcher({"reaper", "AppId=1", "SteamLaunch"}));
    EXPECT_FALSE(judge_launcher({"reaper", "SteamLaunch", "AppId="}));
    EXPECT_FALSE(judge_launcher({}));
}

TEST(Matcher, BaseNameIsTheLastComponent) {
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

TEST(Topology, CpuListsAreReadAsTheKernelWritesThem) {
    EXPECT_EQ(parse_cpu_list("0-2,8"), (std::vector<uint32_t>{0, 1, 2, 8}));
    EXPECT_EQ(parse_cpu_list("5"), std::vector<uint32_t>{5});
    EXPECT_TRUE(parse_cpu_list("").empty());
    EXPECT_TRUE(parse_cpu_list("x").empty());
}

TEST(Topology, TheHighestCacheLevelMakesADomain) {
    namespace fs = std::filesystem;
    const fs::path root = fs::temp_directory_path() / std::format("gamesched-sysfs-{}", getpid());
    const auto write = [&](const std::string& path, std::string_view text) {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text << '\n';
    };
    write("devices/system/cpu/possible", "0-3");
    for (int cpu = 0; cpu < 4; ++cpu) {
        const std::string cache = std::format("devices/system/cpu/cpu{}/cache/", cpu);
        write(cache + "index0/level", "1");
        write(cache + "index0/shared_cpu_list", std::to_string(cpu));
        write(cache + "index1/level", "3");
        write(cache + "index1/shared_cpu_list", cpu < 2 ? "0-1" : "2-3");
    }
    const Topology topology = read_topology(root);
    fs::remove_all(root);
    EXPECT_EQ(topology.nr_cpus, 4u);
    EXPECT_EQ(topology.llc_of_cpu, (std::vector<uint32_t>{0, 0, 1, 1}));
    EXPECT_EQ(topology.cpus_of_llc, (std::vector<uint32_t>{2, 2}));
}

TEST(Topology, WithoutCacheInformationAllCpusAreOneDomain) {
    const Topology topology = read_topology("/nonexistent");
    EXPECT_EQ(topology.nr_cpus, 1u);
    EXPECT_EQ(topology.cpus_of_llc.size(), 1u);
}

}  // namespace
}  // namespace gamesched

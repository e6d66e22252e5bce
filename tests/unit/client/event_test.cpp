// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched events` prints for each signal.

#include "desktop/client/event.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/client/time_zone.h"

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;

constexpr char kGame[] = "/org/gamesched1/game/3";

template <typename T>
std::pair<const sdbus::PropertyName, sdbus::Variant> property(const char* name, const T& value) {
    return {sdbus::PropertyName{name}, sdbus::Variant{value}};
}

Options summary(std::uint64_t started, std::uint64_t ended) {
    return {{"Cause", sdbus::Variant{std::string{"exited"}}},
            {"StartedUSec", sdbus::Variant{started}},
            {"EndedUSec", sdbus::Variant{ended}}};
}

TEST(ClientEvent, AGamesStartNamesTheGame) {
    const Event event = game_started(kGame, 7, "Space Game", "570", "registered");
    EXPECT_EQ(event.kind, "GameStarted");
    EXPECT_EQ(event.details, R"("Space Game" pid 7, app 570, registered, /org/gamesched1/game/3)");
    EXPECT_EQ(json_line(event.members),
              R"({"Game":"/org/gamesched1/game/3","Pid":7,)"
              R"("Name":"Space Game","AppId":"570","Source":"registered"})");
    EXPECT_EQ(game_started(kGame, 7, "x", "", "detected").details,
              R"("x" pid 7, detected, /org/gamesched1/game/3)");
}

TEST(ClientEvent, AGamesEndHasItsLengthAndTheLatencyOfTheNews) {
    const Event event = game_exited(kGame, 7, "x", summary(1'000'000, 61'000'000), 61'000'250us);
    EXPECT_EQ(event.kind, "GameExited");
    EXPECT_EQ(event.details, R"("x" pid 7, exited after 1 min 0 s, latency 250 µs)");
    EXPECT_EQ(event.members["LatencyUSec"], 250);
    EXPECT_EQ(event.members["Summary"]["EndedUSec"], 61'000'000);
}

TEST(ClientEvent, WithoutTheMomentOfTheEndThereIsNoLatency) {
    const Options wrong{{"Cause", sdbus::Variant{std::uint32_t{1}}},
                        {"EndedUSec", sdbus::Variant{std::string{"soon"}}}};
    for (const Options& options : {Options{}, wrong}) {
        const Event event = game_exited(kGame, 7, "x", options, 5s);
        EXPECT_EQ(event.details, R"("x" pid 7,  after 0 s)");
        EXPECT_FALSE(event.members.contains("LatencyUSec"));
    }
}

TEST(ClientEvent, ImpossibleTimesDoNoHarm) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    EXPECT_TRUE(game_exited(kGame, 7, "x", summary(kMost, 1), 5s)
                    .details.starts_with(R"("x" pid 7, exited after 0 s,)"));
    for (const std::uint64_t time : {kMost, kMost / 2, kMost / 2 + 1}) {
        EXPECT_EQ(game_exited(kGame, 7, "x", summary(1, time), 5s).details.substr(0, 35),
                  R"("x" pid 7, exited after 106751991 d)");
    }
}

TEST(ClientEvent, NoNameReachesTheTerminalRaw) {
    const std::string bad = "\x1b[2J\n\xff";
    const std::string good = "[2J \ufffd";
    EXPECT_EQ(game_started(bad, 7, bad, bad, bad).details,
              '"' + good + "\" pid 7, app " + good + ", " + good + ", " + good);
    EXPECT_EQ(game_exited(kGame, 7, bad, {}, 0s).details, '"' + good + "\" pid 7,  after 0 s");
    EXPECT_EQ(watchdog_tripped(bad, bad, 0, bad).details, good + ": " + good + "; " + good);
    const std::string text = "\x1b[2J\n";
    EXPECT_EQ(manager_changed({property("Mode", text)}).at(0).details, "[2J ");
    EXPECT_EQ(scheduler_changed(
                  {property("State", text), property("Name", text), property("Reason", text)})
                  .at(0)
                  .details,
              "[2J , [2J : [2J ");
    EXPECT_EQ(event_json(game_started(bad, 7, bad, bad, bad), {}).find_first_of("\x1b\n\xff"),
              std::string::npos);
}

TEST(ClientEvent, AWatchdogsTripSaysWhoAndWhatNext) {
    EXPECT_EQ(watchdog_tripped("stall", "runnable task stall", 5'000'999, "retry").details,
              "stall: runnable task stall, a task waited 5000 ms; retry");
    const Event event = watchdog_tripped("sysrq", "disabled by SysRq-S", 0, "stay-off");
    EXPECT_EQ(event.details, "sysrq: disabled by SysRq-S; stay-off");
    EXPECT_EQ(json_line(event.members), R"({"Kind":"sysrq","Reason":"disabled by SysRq-S",)"
                                        R"("StalledUSec":0,"Action":"stay-off"})");
}

TEST(ClientEvent, EachChangeOfTheManagerIsAnEvent) {
    const std::vector<Event> events = manager_changed(
        {property("Active", true), property("Mode", std::string{"on"}),
         property("Holds", std::vector<Options>(2)), property("Profile", std::string{"esports"}),
         property("Games", std::vector<sdbus::ObjectPath>{})});
    ASSERT_EQ(events.size(), 4u);
    EXPECT_EQ(events[0].kind + ": " + events[0].details, "ModeChanged: on");
    EXPECT_EQ(events[1].kind + ": " + events[1].details, "ProfileChanged: esports");
    EXPECT_EQ(events[2].kind + ": " + events[2].details, "HoldsChanged: 2 holds");
    EXPECT_EQ(events[3].kind + ": " + events[3].details, "ActiveChanged: gaming mode is on");
    EXPECT_EQ(json_line(events[1].members), R"({"Profile":"esports"})");
    EXPECT_EQ(json_line(events[2].members), R"({"Holds":[{},{}]})");
    EXPECT_EQ(manager_changed({property("Active", false)}).at(0).details, "gaming mode is off");
    EXPECT_EQ(manager_changed({property("Holds", std::vector<Options>(1))}).at(0).details,
              "1 hold");
    EXPECT_TRUE(manager_changed({property("Features", Options{})}).empty());
}

TEST(ClientEvent, WhatBecomesOfPowerIsOneEvent) {
    const auto power = [](const Options& items) {
        return manager_changed({property("Power", items)}).at(0);
    };
    EXPECT_EQ(power({}).kind + ": " + power({}).details, "PowerChanged: as it was");
    const Event event = power({{"governor", sdbus::Variant{std::string{"not there"}}},
                               {"platform-profile", sdbus::Variant{std::string{"x"}}}});
    EXPECT_EQ(event.details, "governor: not there; platform-profile: x");
    EXPECT_EQ(json_line(event.members),
              R"({"Power":{"governor":"not there","platform-profile":"x"}})");
}

TEST(ClientEvent, ValuesOfWrongTypesAreEmptyForPeopleAndWholeForPrograms) {
    const std::vector<Event> events = manager_changed(
        {property("Active", std::string{"yes"}), property("Holds", true), property("Mode", 1.5)});
    ASSERT_EQ(events.size(), 3u);
    EXPECT_EQ(events[0].details, "");
    EXPECT_EQ(json_line(events[0].members), R"({"Mode":1.5})");
    EXPECT_EQ(events[1].details, "0 holds");
    EXPECT_EQ(events[2].details, "gaming mode is off");
    EXPECT_EQ(json_line(events[2].members), R"({"Active":"yes"})");
}

TEST(ClientEvent, AChangeOfTheSchedulerIsOneEvent) {
    const auto events = scheduler_changed(
        {property("State", std::string{"ejected"}), property("Reason", std::string{"stall"}),
         property("Name", std::string{"gamesched"}), property("Trips", std::uint32_t{1})});
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].kind, "SchedulerChanged");
    EXPECT_EQ(events[0].details, "ejected, gamesched: stall");
    EXPECT_EQ(json_line(events[0].members),
              R"({"State":"ejected","Reason":"stall","Name":"gamesched"})");
    EXPECT_EQ(scheduler_changed({property("Reason", std::string{"later"})}).at(0).details,
              "state unchanged: later");
    EXPECT_TRUE(scheduler_changed({property("Trips", std::uint32_t{1})}).empty());
}

TEST(ClientEvent, LinesBeginWithTheTime) {
    const TimeZone zone{"EAST-1"};
    const WallTime time{1'769'864'602'123'456us};
    EXPECT_EQ(event_line(presence_changed(false), time).substr(0, 29),
              "14:03:22.123  ServiceVanished");
    EXPECT_EQ(event_json(presence_changed(true), time),
              R"({"Time":"2026-01-31T14:03:22.123+01:00","Event":"ServiceAppeared"})");
    EXPECT_EQ(presence_changed(false).kind, "ServiceVanished");
}

}  // namespace
}  // namespace gamesched::client

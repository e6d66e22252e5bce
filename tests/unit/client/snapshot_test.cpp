// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The service's properties decoded: what the contract says, less, and something else.

#include "desktop/client/snapshot.h"

#include <gtest/gtest.h>

#include <limits>

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;

template <typename T>
std::pair<const sdbus::PropertyName, sdbus::Variant> property(const char* name, const T& value) {
    return {sdbus::PropertyName{name}, sdbus::Variant{value}};
}

std::pair<const sdbus::PropertyName, sdbus::Variant> text(const char* name, const char* value) {
    return property(name, std::string{value});
}

std::map<sdbus::InterfaceName, Properties> game_object(const Properties& game) {
    return {{sdbus::InterfaceName{"org.freedesktop.DBus.Peer"}, {}},
            {sdbus::InterfaceName{"org.gamesched1.Game"}, game}};
}

TEST(ClientSnapshot, TheManagerIsDecoded) {
    const std::vector<Options> holds{{{"AppId", sdbus::Variant{std::string{"obs"}}},
                                      {"Reason", sdbus::Variant{std::string{"recording"}}},
                                      {"User", sdbus::Variant{std::uint32_t{1000}}},
                                      {"SinceUSec", sdbus::Variant{std::uint64_t{5'000'000}}}}};
    const ManagerView view =
        manager_view({text("Mode", "auto"), property("Active", true), text("Profile", "esports"),
                      property("Profiles", std::vector<std::string>{"a", "b\n"}),
                      text("Version", "1.2.3"), property("Holds", holds)});
    EXPECT_EQ(view.mode, "auto");
    EXPECT_TRUE(view.active);
    EXPECT_EQ(view.profile, "esports");
    EXPECT_EQ(view.profiles, (std::vector<std::string>{"a", "b "}));
    EXPECT_EQ(view.version, "1.2.3");
    ASSERT_EQ(view.holds.size(), 1u);
    EXPECT_EQ(view.holds[0].app_id, "obs");
    EXPECT_EQ(view.holds[0].reason, "recording");
    EXPECT_EQ(view.holds[0].user, 1000u);
    EXPECT_EQ(view.holds[0].since, WallTime{5s});
}

TEST(ClientSnapshot, AFeatureWorksOrHasAReason) {
    const Options features{{"a", sdbus::Variant{true}},
                           {"b", sdbus::Variant{std::string{"no such kernel"}}},
                           {"c", sdbus::Variant{false}},
                           {"d", sdbus::Variant{std::uint32_t{1}}}};
    const auto views = manager_view({property("Features", features)}).features;
    ASSERT_EQ(views.size(), 4u);
    EXPECT_EQ(views[0].name, "a");
    EXPECT_TRUE(views[0].works);
    EXPECT_FALSE(views[1].works);
    EXPECT_EQ(views[1].reason, "no such kernel");
    EXPECT_FALSE(views[2].works);
    EXPECT_FALSE(views[3].works);
    EXPECT_EQ(views[3].reason, "");
}

TEST(ClientSnapshot, EachPowerItemHasASentence) {
    const Options power{{"governor", sdbus::Variant{std::string{"performance (was powersave)"}}},
                        {"new\n", sdbus::Variant{std::uint32_t{1}}}};
    const auto views = manager_view({property("Power", power)}).power;
    ASSERT_EQ(views.size(), 2u);
    EXPECT_EQ(views[0].item, "governor");
    EXPECT_EQ(views[0].state, "performance (was powersave)");
    EXPECT_EQ(views[1].item, "new ");
    EXPECT_EQ(views[1].state, "") << "it is no string";
    EXPECT_TRUE(manager_view({text("Power", "full")}).power.empty());
}

TEST(ClientSnapshot, TheSchedulerIsDecoded) {
    const SchedulerView view = scheduler_view(
        {text("State", "ejected"), text("Reason", "stall"), text("Name", "gamesched"),
         property("SinceUSec", std::uint64_t{7'000'000}), property("Trips", std::uint32_t{2})});
    EXPECT_EQ(view.state, "ejected");
    EXPECT_EQ(view.reason, "stall");
    EXPECT_EQ(view.name, "gamesched");
    EXPECT_EQ(view.since, WallTime{7s});
    EXPECT_EQ(view.trips, 2u);
}

TEST(ClientSnapshot, GamesAreTheObjectsThatAreGamesOldestFirst) {
    const Objects objects{
        {sdbus::ObjectPath{"/org/gamesched1"},
         {{sdbus::InterfaceName{"org.gamesched1.Stats"}, {}}}},
        {sdbus::ObjectPath{"/org/gamesched1/game/10"},
         game_object({text("Name", "new"), property("StartedUSec", std::uint64_t{20})})},
        {sdbus::ObjectPath{"/org/gamesched1/game/9"},
         game_object({text("Name", "old"), text("AppId", "570"), text("Source", "detected"),
                      text("Scope", "tree"), text("Profile", "esports"),
                      property("Pid", std::uint32_t{7}), property("User", std::uint32_t{1000}),
                      property("StartedUSec", std::uint64_t{10})})},
        {sdbus::ObjectPath{"/elsewhere/1"},
         game_object({property("StartedUSec", std::uint64_t{30})})}};
    const auto games = game_views(objects);
    ASSERT_EQ(games.size(), 3u);
    EXPECT_EQ(games[0].id, "9");
    EXPECT_EQ(games[0].name, "old");
    EXPECT_EQ(games[0].app_id, "570");
    EXPECT_EQ(games[0].source, "detected");
    EXPECT_EQ(games[0].scope, "tree");
    EXPECT_EQ(games[0].profile, "esports");
    EXPECT_EQ(games[1].profile, "");
    EXPECT_EQ(games[0].pid, 7u);
    EXPECT_EQ(games[0].user, 1000u);
    EXPECT_EQ(games[0].started, WallTime{10us});
    EXPECT_EQ(games[1].id, "10");
    EXPECT_EQ(games[2].id, "/elsewhere/1");
}

TEST(ClientSnapshot, WhatIsMissingIsEmpty) {
    const ManagerView manager = manager_view({});
    EXPECT_EQ(manager.mode, "");
    EXPECT_FALSE(manager.active);
    EXPECT_TRUE(manager.holds.empty());
    EXPECT_TRUE(manager.features.empty());
    EXPECT_EQ(scheduler_view({}).since, WallTime{});
    EXPECT_EQ(manager_view({property("Holds", std::vector<Options>(1))}).holds.at(0).app_id, "");
    const auto games = game_views({{sdbus::ObjectPath{"/org/gamesched1/game/1"}, game_object({})}});
    ASSERT_EQ(games.size(), 1u);
    EXPECT_EQ(games[0].id, "1");
    EXPECT_EQ(games[0].pid, 0u);
}

TEST(ClientSnapshot, WhatHasAnotherTypeIsEmpty) {
    const ManagerView manager =
        manager_view({property("Mode", std::uint32_t{1}), text("Active", "true"),
                      property("Version", sdbus::ObjectPath{"/1"}), property("Holds", Options{}),
                      property("Features", std::vector<std::string>{"detection"})});
    EXPECT_EQ(manager.mode, "");
    EXPECT_FALSE(manager.active);
    EXPECT_EQ(manager.version, "");
    EXPECT_TRUE(manager.holds.empty());
    EXPECT_TRUE(manager.features.empty());
    const SchedulerView scheduler = scheduler_view(
        {property("State", std::vector<std::string>{"attached"}),
         property("SinceUSec", std::int64_t{-1}), property("Trips", std::uint64_t{1})});
    EXPECT_EQ(scheduler.state, "");
    EXPECT_EQ(scheduler.since, WallTime{});
    EXPECT_EQ(scheduler.trips, 0u);
    EXPECT_EQ(scheduler_view({{sdbus::PropertyName{"State"}, sdbus::Variant{}}}).state, "");
}

TEST(ClientSnapshot, EveryStringIsPrintable) {
    constexpr char kBad[] = "\x1b[2J\u202e\n";
    const std::string good = "[2J ";
    const ManagerView manager = manager_view(
        {text("Mode", kBad), text("Version", kBad),
         property("Holds", std::vector<Options>{{{"AppId", sdbus::Variant{std::string{kBad}}},
                                                 {"Reason", sdbus::Variant{std::string{kBad}}}}}),
         property("Features", Options{{kBad, sdbus::Variant{std::string{kBad}}}})});
    EXPECT_EQ(manager.mode, good);
    EXPECT_EQ(manager.version, good);
    EXPECT_EQ(manager.holds.at(0).app_id, good);
    EXPECT_EQ(manager.holds.at(0).reason, good);
    EXPECT_EQ(manager.features.at(0).name, good);
    EXPECT_EQ(manager.features.at(0).reason, good);
    const SchedulerView scheduler =
        scheduler_view({text("State", kBad), text("Reason", kBad), text("Name", kBad)});
    EXPECT_EQ(scheduler.state + scheduler.reason + scheduler.name, good + good + good);
    const auto games = game_views({{sdbus::ObjectPath{"/org/gamesched1/game/1"},
                                    game_object({text("Name", kBad), text("AppId", kBad),
                                                 text("Source", kBad), text("Scope", kBad)})}});
    EXPECT_EQ(games.at(0).name + games.at(0).app_id, good + good);
    EXPECT_EQ(games.at(0).source + games.at(0).scope, good + good);
}

TEST(ClientSnapshot, TimesThatCannotBeAreInTheFutureAndNotInThePast) {
    for (const auto time : {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63}) {
        EXPECT_GT(scheduler_view({property("SinceUSec", time)}).since, WallTime{});
        const Objects objects{{sdbus::ObjectPath{"/org/gamesched1/game/1"},
                               game_object({property("StartedUSec", time)})}};
        EXPECT_GT(game_views(objects).at(0).started, WallTime{});
    }
}

}  // namespace
}  // namespace gamesched::client

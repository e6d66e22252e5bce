// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The pages of status, games, stats and tune, as people see them.

#include "desktop/client/report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <format>

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;

const WallTime kNow{1'800'000'000s};

std::string user_name(std::uint32_t uid) {
    return std::format("user{}", uid);
}

const Emphasis kEmphasis{
    .good = [](const std::string& text) { return "<good " + text + ">"; },
    .warning = [](const std::string& text) { return "<warning " + text + ">"; },
    .bad = [](const std::string& text) { return "<bad " + text + ">"; },
};

Lines page(const StatusView& view, bool all_features = false) {
    return status_page(view, all_features, kNow, user_name, kEmphasis);
}

bool has_line(const Lines& lines, const std::string& line) {
    return std::ranges::contains(lines, line);
}

GameView game() {
    return {.id = "3",
            .pid = 4242,
            .name = "Space Game",
            .app_id = "570",
            .user = 1000,
            .source = "registered",
            .scope = "tree",
            .started = kNow - 2h - 14min};
}

TEST(ClientReport, AQuietMachineHasAShortPage) {
    const StatusView view{.manager = {.mode = "auto", .version = "1.2.3"},
                          .scheduler = {.state = "detached", .since = kNow - 42s}};
    EXPECT_EQ(page(view), (Lines{"Gaming mode  off, mode auto",      //
                                 "Scheduler    detached, for 42 s",  //
                                 "Games        none",                //
                                 "Holds        none",                //
                                 "Missing      nothing",             //
                                 "Service      gameschedd 1.2.3"}));
}

TEST(ClientReport, ABusyMachineShowsGamesAndHolds) {
    StatusView view{.manager = {.mode = "auto", .active = true, .version = "1.2.3"},
                    .scheduler = {.state = "attached", .name = "gamesched", .since = kNow - 5min}};
    view.games = {game(), GameView{.pid = 7, .source = "detected", .started = kNow}};
    view.manager.holds = {{.app_id = "obs", .reason = "recording", .user = 0, .since = kNow - 3s}};
    EXPECT_EQ(page(view), (Lines{"Gaming mode  <good on>, mode auto",                        //
                                 "Scheduler    <good attached> (gamesched), for 5 min 0 s",  //
                                 "Games        2",                                           //
                                 "   PID  APPID  SOURCE             AGE  NAME",              //
                                 "  4242  570    registered  2 h 14 min  Space Game",        //
                                 "     7  -      detected           0 s  -",                 //
                                 "Holds        1",                                           //
                                 "  USER   APPID  AGE  REASON",                              //
                                 "  user0  obs    3 s  recording",                           //
                                 "Missing      nothing",                                     //
                                 "Service      gameschedd 1.2.3"}));
}

TEST(ClientReport, TheProfileIsShownAndWhoseItIs) {
    StatusView view{.manager = {.profile = "esports", .profiles = {"balanced", "esports", "mine"}}};
    EXPECT_EQ(page(view)[1], "Profile      esports");
    EXPECT_EQ(profile_page(view.manager, {}), (Lines{"Profile      esports",  //
                                                     "  balanced",            //
                                                     "* esports",             //
                                                     "  mine"}));
    GameView player = game();
    player.profile = "esports";
    view.games = {game(), player, game()};
    EXPECT_EQ(page(view)[1], "Profile      esports, of the game \"Space Game\"");
    view.games[1].profile = "gone";
    EXPECT_EQ(page(view)[1], "Profile      esports");
    EXPECT_EQ(json_line(profile_json(view.manager)),
              R"({"Profile":"esports","Profiles":["balanced","esports","mine"]})");
}

TEST(ClientReport, AGamesProfileThatStaysInForceIsSaid) {
    const ManagerView manager{.profile = "esports", .profiles = {"balanced", "esports"}};
    GameView player = game();
    EXPECT_EQ(profile_remark("balanced", manager, {player}), "");
    player.profile = "esports";
    EXPECT_EQ(profile_remark("balanced", manager, {player, game()}),
              "the profile \"esports\" of the game \"Space Game\" stays in force until it ends");
    EXPECT_NE(profile_remark("", manager, {player}), "");
    EXPECT_EQ(profile_remark("esports", manager, {player}), "");
}

TEST(ClientReport, PowerIsShownWhereThereIsAnything) {
    StatusView view;
    EXPECT_FALSE(has_line(page(view), "Power"));
    view.manager.power = {{.item = "governor", .state = "performance (was powersave)"},
                          {.item = "platform-profile", .state = "not there"}};
    const Lines lines = page(view);
    const auto power = std::ranges::find(lines, "Power");
    ASSERT_GE(lines.end() - power, 3);
    EXPECT_EQ(power[1], "  governor          performance (was powersave)");
    EXPECT_EQ(power[2], "  platform-profile  not there");
}

TEST(ClientReport, ThePageStressesWhetherAllIsWell) {
    const auto state = [](const char* name) { return page({.scheduler = {.state = name}})[1]; };
    EXPECT_EQ(state("attached"), "Scheduler    <good attached>");
    EXPECT_EQ(state("ejected"), "Scheduler    <bad ejected>");
    EXPECT_EQ(state("unsupported"), "Scheduler    <warning unsupported>");
    EXPECT_EQ(state("foreign"), "Scheduler    <warning foreign>");
    EXPECT_EQ(state("detached"), "Scheduler    detached");
    EXPECT_EQ(state("of the future"), "Scheduler    of the future");
}

TEST(ClientReport, WhyTheSchedulerIsOffIsSaidBelowIt) {
    StatusView view{.scheduler = {.state = "ejected", .reason = "runnable task stall", .trips = 1}};
    EXPECT_EQ(page(view)[2], "             runnable task stall");
    EXPECT_EQ(page(view)[3], "             removed 1 time; journalctl -u gameschedd tells why");
    view.scheduler.trips = 3;
    EXPECT_EQ(page(view)[3], "             removed 3 times; journalctl -u gameschedd tells why");
}

TEST(ClientReport, FeaturesThatWorkAreShownOnlyOnDemand) {
    StatusView view;
    view.manager.features = {{.name = "detection", .works = true},
                             {.name = "sched-ext", .reason = "this kernel has none"},
                             {.name = "new"}};
    const Lines missing = page(view);
    EXPECT_TRUE(has_line(missing, "Missing"));
    EXPECT_TRUE(has_line(missing, "  sched-ext  this kernel has none"));
    EXPECT_TRUE(has_line(missing, "  new        no"));
    EXPECT_FALSE(has_line(missing, "  detection  yes"));
    const Lines all = page(view, true);
    EXPECT_TRUE(has_line(all, "Features"));
    EXPECT_TRUE(has_line(all, "  detection  yes"));
    EXPECT_TRUE(has_line(all, "  sched-ext  this kernel has none"));
    EXPECT_TRUE(has_line(page({}, true), "Features     none known"));
}

TEST(ClientReport, GamesAreATableOrOneLine) {
    EXPECT_EQ(games_page({}, kNow, user_name), Lines{"no games"});
    EXPECT_EQ(
        games_page({game(), GameView{.id = "12", .pid = 7, .started = kNow}}, kNow, user_name),
        (Lines{"ID   PID  USER      SOURCE      SCOPE         AGE  APPID  NAME",  //
               " 3  4242  user1000  registered  tree   2 h 14 min  570    Space Game",
               "12     7  user0     -           -             0 s  -      -"}));
}

TEST(ClientReport, AClockThatWasSetBackMakesNoNegativeAge) {
    GameView early = game();
    early.started = kNow + 1h;
    EXPECT_TRUE(games_page({early}, kNow, user_name)[1].find(" 0 s  ") != std::string::npos);
}

TEST(ClientReport, ALongAppIdLeavesRoomForTheName) {
    GameView verbose = game();
    verbose.app_id = std::string(256, 'a');
    StatusView view;
    view.games = {verbose};
    view.manager.holds = {{.app_id = verbose.app_id, .reason = "recording"}};
    const std::string clipped = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…  ";  // 31
    EXPECT_TRUE(games_page({verbose}, kNow, user_name)[1].ends_with(clipped + "Space Game"));
    EXPECT_NE(page(view)[4].find(clipped + "registered  "), std::string::npos);
    EXPECT_TRUE(page(view)[7].ends_with(clipped + "20833 d 8 h  recording"));
}

TEST(ClientReport, ValuesEndInTheSameColumn) {
    const Options values{{"preempt", sdbus::Variant{true}},
                         {"slice-usec", sdbus::Variant{std::uint64_t{3000}}},
                         {"x", sdbus::Variant{std::string{"ä"}}}};
    EXPECT_EQ(values_page(values), (Lines{"preempt     true",  //
                                          "slice-usec  3000",  //
                                          "x              ä"}));
    EXPECT_TRUE(values_page({}).empty());
}

TEST(ClientReport, ValuesOfUnexpectedTypesAreShownAndHarmless) {
    const Options values{
        {"a\x1b[1m", sdbus::Variant{std::string{"b\x1b[2J\n"}}},
        {"list", sdbus::Variant{std::vector<std::string>{"\x1b[3m", "ü"}}},
        {"pair", sdbus::Variant{sdbus::Struct<std::uint32_t, double>{7, 0.5}}},
    };
    EXPECT_EQ(values_page(values),
              (Lines{"a[1m                   b[2J ",  //
                     R"(list  ["\u001b[3m","\u00fc"])", "pair                 [7,0.5]"}));
}

TEST(ClientReport, JsonHasAllOfTheServiceAndItsGames) {
    const Properties manager{{sdbus::PropertyName{"Active"}, sdbus::Variant{true}},
                             {sdbus::PropertyName{"Unheard"}, sdbus::Variant{std::int16_t{-1}}}};
    const Properties scheduler{
        {sdbus::PropertyName{"State"}, sdbus::Variant{std::string{"attached"}}}};
    const Objects objects{{sdbus::ObjectPath{"/org/gamesched1"},
                           {{sdbus::InterfaceName{"org.gamesched1.Stats"}, {}}}},
                          {sdbus::ObjectPath{"/org/gamesched1/game/3"},
                           {{sdbus::InterfaceName{"org.gamesched1.Game"},
                             {{sdbus::PropertyName{"Pid"}, sdbus::Variant{std::uint32_t{7}}}}}}}};
    EXPECT_EQ(json_line(status_json(manager, scheduler, objects)),
              R"({"Active":true,"Unheard":-1,"Scheduler":{"State":"attached"},)"
              R"("Games":[{"Object":"/org/gamesched1/game/3","Pid":7}]})");
    EXPECT_EQ(json_line(status_json({}, {}, {})), R"({"Scheduler":{},"Games":[]})");
    EXPECT_EQ(json_line(games_json({})), "[]");
}

TEST(ClientReport, JsonListsTheOldestGameFirst) {
    const auto started = [](std::uint64_t usec) {
        return std::map<sdbus::InterfaceName, Properties>{
            {sdbus::InterfaceName{"org.gamesched1.Game"},
             {{sdbus::PropertyName{"StartedUSec"}, sdbus::Variant{usec}}}}};
    };
    const Json games = games_json({{sdbus::ObjectPath{"/org/gamesched1/game/10"}, started(2)},
                                   {sdbus::ObjectPath{"/org/gamesched1/game/9"}, started(1)}});
    EXPECT_EQ(games.at(0).at("Object"), "/org/gamesched1/game/9");
    EXPECT_EQ(games.at(1).at("Object"), "/org/gamesched1/game/10");
}

TEST(ClientReport, JsonListsAGameWhoseTimeHasAnotherType) {
    const Properties strange{
        {sdbus::PropertyName{"StartedUSec"}, sdbus::Variant{std::string{"long ago"}}}};
    const Objects objects{
        {sdbus::ObjectPath{"/1"}, {{sdbus::InterfaceName{"org.gamesched1.Game"}, {}}}},
        {sdbus::ObjectPath{"/2"}, {{sdbus::InterfaceName{"org.gamesched1.Game"}, strange}}}};
    EXPECT_EQ(json_line(games_json(objects)),
              R"([{"Object":"/1"},{"Object":"/2","StartedUSec":"long ago"}])");
}

}  // namespace
}  // namespace gamesched::client

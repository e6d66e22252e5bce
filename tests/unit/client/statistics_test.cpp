// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The pages of `gamesched stats`, and the text for Prometheus, of statistics as they are on the
// bus.

#include "desktop/client/statistics.h"

#include "desktop/client/prometheus.h"

#include <gtest/gtest.h>

#include <sstream>

namespace gamesched::client {
namespace {

using Buckets = std::vector<sdbus::Struct<std::uint64_t, std::uint64_t>>;

sdbus::Variant number(std::uint64_t value) {
    return sdbus::Variant{value};
}

// Two waits below 12 µs and one of 5.1 ms.
Options waits() {
    return {{"Count", number(3)},       {"SumUSec", number(5'121)},
            {"P50USec", number(12)},    {"P99USec", number(5'100)},
            {"MaxUSec", number(5'100)}, {"Buckets", sdbus::Variant{Buckets{{12, 2}, {5'120, 1}}}}};
}

Options nothing() {
    return {{"Count", number(0)}, {"Buckets", sdbus::Variant{Buckets{}}}};
}

Options slices() {
    return {
        {"Count", number(4)},
        {"SumPermille", number(1'200)},
        {"Tenths", sdbus::Variant{std::vector<std::uint64_t>{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}}}};
}

Options stats() {
    return {
        {"Direct", number(71)},
        {"GamesStarted", number(2)},
        {"MaxWaitGameUSec", number(5'100)},
        {"WaitsByClass", sdbus::Variant{Options{{"game", sdbus::Variant{waits()}},
                                                {"other", sdbus::Variant{nothing()}}}}},
        {"WaitsByRole", sdbus::Variant{Options{{"gpu", sdbus::Variant{waits()}}}}},
        {"SliceUseByClass", sdbus::Variant{Options{{"other", sdbus::Variant{slices()}}}}},
        {"InputLatency", sdbus::Variant{waits()}},
    };
}

Options game_stats() {
    return {
        {"Waits", sdbus::Variant{waits()}},
        {"WaitsByRole", sdbus::Variant{Options{{"none", sdbus::Variant{waits()}},
                                               {"gpu", sdbus::Variant{nothing()}}}}},
        {"ThreadsByRole",
         sdbus::Variant{Options{{"none", number(12)}, {"gpu", number(1)}, {"input", number(0)}}}}};
}

GameView game(const std::string& id, std::uint32_t pid, const std::string& name) {
    GameView view;
    view.id = id;
    view.pid = pid;
    view.main_pid = pid + 1;
    view.name = name;
    return view;
}

TEST(Statistics, ThePageHasTheCountersAndATableOfTheTimesThatWereCounted) {
    EXPECT_EQ(stats_page(stats()),
              (Lines{
                  "Direct             71",
                  "GamesStarted        2",
                  "MaxWaitGameUSec  5100",
                  "",
                  "TIMES             OF    COUNT    MEAN    P50     P99     MAX",
                  "wait              game      3  1.7 ms  12 µs  5.1 ms  5.1 ms",
                  "wait, by role     gpu       3  1.7 ms  12 µs  5.1 ms  5.1 ms",
                  "input to running  -         3  1.7 ms  12 µs  5.1 ms  5.1 ms",
                  "",
                  "SLICES OF  COUNT  USED  WHOLE",
                  "other          4  30 %   25 %",
              }));
}

TEST(Statistics, WithoutASchedulerThereAreOnlyCounters) {
    EXPECT_EQ(stats_page({{"GamesStarted", number(2)}}), (Lines{"GamesStarted  2"}));
}

TEST(Statistics, WhatIsNotAsTheContractSaysIsLeftOut) {
    EXPECT_EQ(stats_page({{"GamesStarted", number(2)},
                          {"WaitsByClass", sdbus::Variant{std::string{"x"}}},
                          {"SliceUseByClass",
                           sdbus::Variant{Options{{"game", sdbus::Variant{waits()}}}}}}),
              (Lines{"GamesStarted  2"}));
}

TEST(Statistics, AGamesPageHasItsWaitsByRole) {
    EXPECT_EQ(game_stats_page(game("1", 4711, "Space"), game_stats()),
              (Lines{
                  "\"Space\", PID 4711",
                  "",
                  "TIMES          OF           COUNT    MEAN    P50     P99     MAX",
                  "wait           all threads      3  1.7 ms  12 µs  5.1 ms  5.1 ms",
                  "wait, by role  none             3  1.7 ms  12 µs  5.1 ms  5.1 ms",
                  "",
                  "Threads now: 1 gpu, 12 without a role",
              }));
    EXPECT_EQ(game_stats_page(game("1", 4711, "Space"), {}).back(),
              "none of its threads has run since the scheduler was attached");
}

TEST(Statistics, AGameIsFoundByEitherPidAndByNameTheNewest) {
    const std::vector<GameView> games{game("1", 10, "Space"), game("2", 20, "Space"),
                                      game("3", 30, "10")};
    EXPECT_EQ(find_game(games, "20")->id, "2");
    EXPECT_EQ(find_game(games, "21")->id, "2") << "what is the game itself";
    EXPECT_EQ(find_game(games, "Space")->id, "2");
    EXPECT_EQ(find_game(games, "space"), nullptr);
    EXPECT_EQ(find_game(games, ""), nullptr);
}

// ------------------------------------------------------------------ Prometheus

bool has_line(const std::string& text, const std::string& wanted) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line == wanted)
            return true;
    }
    return false;
}

TEST(Prometheus, CountersAndGaugesHaveHelpTypeAndUnit) {
    const std::string text = prometheus_text(stats(), {});
    for (const char* line :
         {"# HELP gamesched_direct_total Wake-ups that went straight to an idle CPU.",
          "# TYPE gamesched_direct_total counter", "gamesched_direct_total 71",
          "# TYPE gamesched_max_wait_game_seconds gauge", "gamesched_max_wait_game_seconds 0.0051"})
        EXPECT_TRUE(has_line(text, line)) << line << " is not in\n" << text;
    EXPECT_FALSE(text.contains("gamesched_steals")) << "is not there";
}

TEST(Prometheus, BucketsAreCumulativeAndInSeconds) {
    const std::string text = prometheus_text(stats(), {});
    for (const char* line : {"# TYPE gamesched_wait_seconds histogram",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"4e-06\"} 0",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"8e-06\"} 0",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"1.6e-05\"} 2",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"0.004096\"} 2",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"0.008192\"} 3",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"4.194304\"} 3",
                             "gamesched_wait_seconds_bucket{class=\"game\",le=\"+Inf\"} 3",
                             "gamesched_wait_seconds_sum{class=\"game\"} 0.005121",
                             "gamesched_wait_seconds_count{class=\"game\"} 3",
                             "gamesched_wait_seconds_bucket{class=\"other\",le=\"+Inf\"} 0",
                             "gamesched_role_wait_seconds_count{role=\"gpu\"} 3",
                             "gamesched_input_latency_seconds_bucket{le=\"+Inf\"} 3",
                             "gamesched_input_latency_seconds_count 3",
                             "gamesched_slice_use_ratio_bucket{class=\"other\",le=\"0.1\"} 3",
                             "gamesched_slice_use_ratio_bucket{class=\"other\",le=\"0.999\"} 3",
                             "gamesched_slice_use_ratio_bucket{class=\"other\",le=\"+Inf\"} 4",
                             "gamesched_slice_use_ratio_sum{class=\"other\"} 1.2"})
        EXPECT_TRUE(has_line(text, line)) << line << " is not in\n" << text;
    EXPECT_FALSE(text.contains("gamesched_wait_seconds_bucket{class=\"game\",le=\"8.388608\"}"))
        << "what is too long for all is above every bound";
}

TEST(Prometheus, NamesOfGamesAreEscaped) {
    const std::string text = prometheus_text({}, {{game("7", 10, "a \"b\\c"), game_stats()}});
    EXPECT_TRUE(has_line(text,
                         "gamesched_game_wait_seconds_count{game=\"7\",name=\"a \\\"b\\\\c\","
                         "role=\"none\"} 3"))
        << text;
    EXPECT_EQ(prometheus_text({}, {}), "");
}

TEST(Prometheus, FramesOfGamesWhereTheyAreKnown) {
    Options drawn = game_stats();
    drawn["Frames"] = sdbus::Variant{waits()};
    const std::string text = prometheus_text(
        {}, {{game("7", 10, "drawn"), drawn}, {game("8", 20, "other"), game_stats()}});
    EXPECT_TRUE(has_line(text, "gamesched_game_frame_seconds_count{game=\"7\",name=\"drawn\"} 3"))
        << text;
    EXPECT_FALSE(text.contains("gamesched_game_frame_seconds_count{game=\"8\""));
    EXPECT_FALSE(prometheus_text({}, {{game("8", 20, "other"), game_stats()}}).contains("_frame_"));
}

// Each metric is described once, before its first sample.
TEST(Prometheus, EachMetricIsDescribedOnce) {
    const std::string text = prometheus_text(
        stats(), {{game("1", 10, "a"), game_stats()}, {game("2", 20, "b"), game_stats()}});
    std::istringstream lines(text);
    std::vector<std::string> described;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string hash, type, name;
        words >> hash >> type >> name;
        if (type == "TYPE") {
            described.push_back(name);
        } else if (hash != "#") {
            EXPECT_TRUE(line.starts_with(described.back())) << line;
        }
    }
    std::ranges::sort(described);
    EXPECT_EQ(std::ranges::adjacent_find(described), described.end());
    EXPECT_TRUE(text.ends_with('\n'));
}

}  // namespace
}  // namespace gamesched::client

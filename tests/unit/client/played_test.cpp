// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The pages of `gamesched report`, of games as they are on the bus.

#include "desktop/client/played.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace gamesched::client {
namespace {

using Buckets = std::vector<sdbus::Struct<std::uint64_t, std::uint64_t>>;

sdbus::Variant number(std::uint64_t value) {
    return sdbus::Variant{value};
}

sdbus::Variant text(const std::string& value) {
    return sdbus::Variant{value};
}

Options waits() {
    return {{"Count", number(3)},       {"SumUSec", number(5'121)},
            {"P50USec", number(12)},    {"P99USec", number(5'100)},
            {"MaxUSec", number(5'100)}, {"Buckets", sdbus::Variant{Buckets{{12, 2}, {5'120, 1}}}}};
}

Options game(const std::string& name) {
    return {{"Name", text(name)},
            {"AppId", text("367520")},
            {"Executable", text("/games/hollow")},
            {"User", sdbus::Variant{1000U}},
            {"Source", text("detected")},
            {"Profile", text("balanced")},
            {"Cause", text("exited")},
            {"StartedUSec", number(1'767'225'600'000'000)},  // 2026-01-01 00:00 UTC
            {"DurationUSec", number(8'040'000'000)},
            {"Waits", sdbus::Variant{waits()}},
            {"WaitsByRole", sdbus::Variant{Options{{"gpu", sdbus::Variant{waits()}}}}},
            {"WorstWait", sdbus::Variant{Options{{"Role", text("gpu")},
                                                 {"WaitUSec", number(5'100)},
                                                 {"AfterUSec", number(192'000'000)}}}},
            {"Counted", sdbus::Variant{Options{{"GamePreemptions", number(7)},
                                               {"Rescues", number(1)},
                                               {"Migrations", number(42)}}}}};
}

Options unmeasured(const std::string& name) {
    Options game = client::game(name);
    for (const char* key : {"Waits", "WaitsByRole", "WorstWait", "Counted"})
        game.erase(key);
    return game;
}

struct Played : testing::Test {
    Played() {
        setenv("TZ", "UTC", 1);
        tzset();
    }
    std::vector<PlayedView> games{played_view(game("Hollow Knight")),
                                  played_view(unmeasured("SuperTuxKart")),
                                  played_view(game("Hollow Earth"))};
};

TEST_F(Played, OneIsFoundByItsNumberItsNameAndAsTheLast) {
    EXPECT_EQ(find_played(games, "last"), &games[0]);
    EXPECT_EQ(find_played(games, "2"), &games[1]);
    EXPECT_EQ(find_played(games, "hollow"), &games[0]) << "the newest of several";
    EXPECT_EQ(find_played(games, "EARTH"), &games[2]);
    for (const char* wrong : {"4", "0", "-1", "Doom", ""})
        EXPECT_EQ(find_played(games, wrong), nullptr) << wrong;
    EXPECT_EQ(find_played({}, "last"), nullptr);
}

TEST_F(Played, TheListLinesUpAndHasNoFiguresWhereNoneAreKnown) {
    EXPECT_EQ(played_list(games),
              (Lines{"NO  STARTED               PLAYED  WAITS P99  LONGEST  NAME",
                     " 1  2026-01-01 00:00  2 h 14 min     5.1 ms   5.1 ms  Hollow Knight",
                     " 2  2026-01-01 00:00  2 h 14 min          -        -  SuperTuxKart",
                     " 3  2026-01-01 00:00  2 h 14 min     5.1 ms   5.1 ms  Hollow Earth"}));
    EXPECT_EQ(played_list({}), Lines{"no game has ended yet"});
}

TEST_F(Played, APageSaysHowLongAndHowWell) {
    EXPECT_EQ(
        played_page(games[0]),
        (Lines{"Hollow Knight", "Played      2 h 14 min, from 2026-01-01 00:00 to 02:14",
               "Ended       it exited", "Program     /games/hollow", "AppId       367520",
               "Known by    detected", "Profile     balanced",
               "Worst wait  5.1 ms for a CPU, after 3 min 12 s, by a thread with the role gpu",
               "CPUs taken  7 times from something less urgent, for a game",
               "Rescues     1 times something else had waited for too long",
               "Migrations  42 on the whole machine", "",
               "TIMES          OF           COUNT    MEAN    P50     P99     MAX",
               "wait           all threads      3  1.7 ms  12 µs  5.1 ms  5.1 ms",
               "wait, by role  gpu              3  1.7 ms  12 µs  5.1 ms  5.1 ms"}));
    EXPECT_TRUE(played_page(games[1]).back().contains("Nothing is known"));
}

Options drawn(std::uint64_t late) {
    Options game = client::game("Hollow Knight");
    game["Frames"] = sdbus::Variant{waits()};
    game["LateFrames"] = number(late);
    return game;
}

TEST_F(Played, APageSaysHowManyFramesWereLateWhereItIsKnown) {
    Options game = drawn(1);
    const Lines page = played_page(played_view(game));
    EXPECT_EQ(page[7],
              "Frames      3, 1 of them late: about half as long again as usual, or longer");
    EXPECT_EQ(page.back(), "frame to the next  -                3  1.7 ms  12 µs  5.1 ms  5.1 ms");
    EXPECT_TRUE(played_html(played_view(game)).contains("How many frames were how long"));
    game.erase("LateFrames");
    EXPECT_EQ(played_page(played_view(game))[7], "Frames      3, at no steady pace");
    EXPECT_FALSE(played_html(games[0]).contains("frames"));
}

TEST_F(Played, ThePageForABrowserNeedsNothingElseAndDrawsEachBucket) {
    const std::string html = played_html(games[0]);
    EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
    EXPECT_TRUE(html.contains("<title>Hollow Knight</title>"));
    EXPECT_TRUE(html.contains("<title>2 shorter than 12 µs</title>"));
    EXPECT_TRUE(html.contains("<title>1 shorter than 5.1 ms</title>"));
    EXPECT_TRUE(html.contains("role gpu"));
    for (const char* foreign : {"http:", "https:", "src=", "href=", "url(", "<script"})
        EXPECT_FALSE(html.contains(foreign)) << foreign;
    EXPECT_FALSE(played_html(games[1]).contains("<svg"));
}

TEST_F(Played, ANameIsNoMarkup) {
    const PlayedView hostile = played_view(game("<script>alert(\"&\")</script>\x1b[31m{0}"));
    const std::string html = played_html(hostile);
    EXPECT_FALSE(html.contains("<script"));
    EXPECT_TRUE(html.contains("&lt;script&gt;alert(&quot;&amp;&quot;)&lt;/script&gt;"));
    EXPECT_FALSE(html.contains('\x1b'));
    EXPECT_TRUE(html.contains("{0}"));
    EXPECT_FALSE(played_page(hostile)[0].contains('\x1b'));
}

}  // namespace
}  // namespace gamesched::client

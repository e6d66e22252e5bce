// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/judgement.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gamesched::client {
namespace {

using Evidence = std::vector<sdbus::Struct<std::int32_t, std::string>>;

sdbus::Variant text(const char* value) {
    return sdbus::Variant{std::string{value}};
}

bool has(const Lines& lines, const std::string& line) {
    return std::ranges::contains(lines, line);
}

TEST(JudgementPage, OfAGameSaysWhatItIsCalledAndWhy) {
    const Lines lines = judgement_page(
        {{"Pid", sdbus::Variant{std::uint32_t{12}}},
         {"Root", sdbus::Variant{std::uint32_t{10}}},
         {"Verdict", text("game")},
         {"Kind", text("unknown")},
         {"Name", text("Hollow\nKnight")},
         {"AppId", text("367520")},
         {"Weight", sdbus::Variant{std::int32_t{200}}},
         {"Enough", sdbus::Variant{std::int32_t{100}}},
         {"Game", sdbus::Variant{sdbus::ObjectPath{"/org/gamesched1/game/3"}}},
         {"Evidence", sdbus::Variant{Evidence{{100, "it is in a Steam library"},
                                              {-5, "something \x1b[31m speaks against it"}}}}});
    EXPECT_TRUE(has(lines, "A game       yes"));
    EXPECT_TRUE(has(lines, "Called       \"Hollow Knight\", AppId 367520"));
    EXPECT_TRUE(has(lines, "Begins with  process 10"));
    EXPECT_TRUE(has(lines, "Belongs to   /org/gamesched1/game/3"));
    EXPECT_TRUE(has(lines, "Evidence     200 of 100"));
    EXPECT_TRUE(has(lines, "   +100  it is in a Steam library"));
    EXPECT_TRUE(has(lines, "     -5  something [31m speaks against it"));
}

TEST(JudgementPage, WithoutEvidenceSaysWhatToDo) {
    const Lines lines =
        judgement_page({{"Pid", sdbus::Variant{std::uint32_t{12}}}, {"Verdict", text("none")}});
    EXPECT_TRUE(has(lines, "A game       no"));
    EXPECT_TRUE(has(lines, "Belongs to   no game"));
    EXPECT_TRUE(lines.back().contains("gamesched register 12"));
}

TEST(JudgementPage, KnownProgramsSayAsWhat) {
    const Lines lines = judgement_page({{"Verdict", text("none")}, {"Kind", text("launcher")}});
    EXPECT_TRUE(has(lines, "Known as     launcher: it starts games and is none"));
}

TEST(WhyGamesPage, NamesTheProcessThatIsTheGame) {
    EXPECT_EQ(why_games_page({}), Lines{"no games"});
    const Lines lines = why_games_page(
        {{.id = "1", .main_pid = 5, .evidence = {}, .name = "a", .source = "registered"},
         {.id = "2",
          .main_pid = 7,
          .evidence = {{100, "because"}},
          .name = "b",
          .source = "detected"}});
    EXPECT_TRUE(has(lines, "1  \"a\", process 5"));
    EXPECT_TRUE(has(lines, "         a client said that it is one"));
    EXPECT_TRUE(has(lines, "2  \"b\", process 7"));
    EXPECT_TRUE(has(lines, "   +100  because"));
}

}  // namespace
}  // namespace gamesched::client

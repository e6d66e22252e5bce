// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/table.h"

#include <gtest/gtest.h>

namespace gamesched::client {
namespace {

using Lines = std::vector<std::string>;

Table table() {
    return Table{{{"PID", Table::Align::kRight}, {"APP"}, {"NAME"}}};
}

TEST(ClientTable, ColumnsLineUpToTheirSide) {
    Table games = table();
    games.add({"7", "steam", "x"});
    games.add({"12345", "a", "long name"});
    EXPECT_EQ(games.lines(), (Lines{"  PID  APP    NAME",  //
                                    "    7  steam  x",     //
                                    "12345  a      long name"}));
}

TEST(ClientTable, CharactersCountAndNotBytes) {
    Table games = table();
    games.add({"1", "äö", "x"});
    games.add({"2", "abcd", "y"});
    EXPECT_EQ(games.lines(), (Lines{"PID  APP   NAME",  //
                                    "  1  äö    x",     //
                                    "  2  abcd  y"}));
}

TEST(ClientTable, AnEmptyCellIsADash) {
    Table games = table();
    games.add({"1", "", ""});
    EXPECT_EQ(games.lines().back(), "  1  -    -");
}

TEST(ClientTable, LinesAreIndentedAndEndWithTheirText) {
    Table games = table();
    EXPECT_EQ(games.lines(), Lines{"PID  APP  NAME"});
    games.add({"1", "a", " "});
    games.add({"2", "b", "a name"});
    EXPECT_EQ(games.lines(2), (Lines{"  PID  APP  NAME",  //
                                     "    1  a",          //
                                     "    2  b    a name"}));
}

}  // namespace
}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/ini.h"

#include <gtest/gtest.h>

namespace gamesched::session {
namespace {

using Entries = std::vector<Entry>;

TEST(SessionIni, ValuesBelongToTheSectionAboveThem) {
    EXPECT_EQ(
        parse_ini("a=1\n[general]\nrenice=10\nioprio : 0\n[filter]\nwhitelist = x y\n").entries,
        (Entries{{"", "a", "1"},
                 {"general", "renice", "10"},
                 {"general", "ioprio", "0"},
                 {"filter", "whitelist", "x y"}}));
}

TEST(SessionIni, CommentsSayNothing) {
    const Ini ini = parse_ini("; one\n# two\n  ; three\n[s] ; four\nk=v ; five\nu=a;b#c\ne=;six\n");
    EXPECT_EQ(ini.entries, (Entries{{"s", "k", "v"}, {"s", "u", "a;b#c"}, {"s", "e", ""}}));
    EXPECT_TRUE(ini.wrong_lines.empty());
}

TEST(SessionIni, AnIndentedLineIsAnotherValueOfItsKey) {
    EXPECT_EQ(parse_ini("[custom]\nstart=one\n    two=2\n\n\tthree ; more\nend=four\n").entries,
              (Entries{{"custom", "start", "one"},
                       {"custom", "start", "two=2"},
                       {"custom", "start", "three"},
                       {"custom", "end", "four"}}));
}

TEST(SessionIni, AKeyMayBeRepeated) {
    EXPECT_EQ(parse_ini("[filter]\nblacklist=a\nblacklist=b").entries,
              (Entries{{"filter", "blacklist", "a"}, {"filter", "blacklist", "b"}}));
}

TEST(SessionIni, WrongLinesAreNumberedAndTheRestIsRead) {
    const Ini ini = parse_ini("[general]\nnonsense\nrenice=1\r\n[open\n");
    EXPECT_EQ(ini.wrong_lines, (std::vector<int>{2, 4}));
    EXPECT_EQ(ini.entries, (Entries{{"general", "renice", "1"}}));
}

TEST(SessionIni, AByteOrderMarkIsNoPartOfTheFirstLine) {
    EXPECT_TRUE(parse_ini("\xef\xbb\xbf[general]\n").wrong_lines.empty());
}

TEST(SessionIni, AnIndentedFirstLineBelongsToNoKey) {
    EXPECT_EQ(parse_ini("[s]\n  k=v\n").entries, (Entries{{"s", "k", "v"}}));
}

}  // namespace
}  // namespace gamesched::session

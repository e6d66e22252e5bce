// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Text for people: what a terminal is spared, where text is cut, how times are written.

#include "desktop/client/text.h"

#include <gtest/gtest.h>

#include "tests/unit/client/time_zone.h"

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kReplacement = "\ufffd";

std::string replacements(int count) {
    std::string text;
    while (count-- > 0)
        text += kReplacement;
    return text;
}

TEST(ClientText, WhatPeopleWriteIsKept) {
    for (const char* text :
         {"", "plain", "Grüße €", "日本語", "😀 \U0001F3AE", "e\u0301", "\u05d0\u0627"})
        EXPECT_EQ(printable(text), text);
}

TEST(ClientText, ATerminalIsNotObeyed) {
    EXPECT_EQ(printable("\x1b[31mred\x1b[0m"), "[31mred[0m");
    EXPECT_EQ(printable("\x1b]0;title\a"), "]0;title");
    EXPECT_EQ(printable("a\b\x7f\x01z"), "az");
    EXPECT_EQ(printable("\xc2\x9b"
                        "2J"),
              "2J");  // C1 control
    EXPECT_EQ(printable("\x9b"
                        "2J"),
              replacements(1) + "2J");  // the same in Latin-1
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "ab");
}

TEST(ClientText, AllIsOneLine) {
    EXPECT_EQ(printable("a\tb\nc\rd\ve\ff"), "a b c d e f");
    EXPECT_EQ(printable("a\u0085b\u2028c\u2029d"), "a b c d");
}

TEST(ClientText, NothingReordersOrHidesText) {
    EXPECT_EQ(printable("exe.\u202etxt\u202c"), "exe.txt");
    EXPECT_EQ(printable("\u2066a\u2069\u200e\u200f\u061c"), "a");
    EXPECT_EQ(printable("a\u200bb\ufeff\U000E0041"), "ab");
}

TEST(ClientText, WhatIsNotUtf8IsReplaced) {
    EXPECT_EQ(printable("\xff\xfe"), replacements(2));
    EXPECT_EQ(printable("\x80"
                        "a"),
              replacements(1) + "a");
    EXPECT_EQ(printable("a\xc3"), "a" + replacements(1));  // cut
    EXPECT_EQ(printable("\xe2\x82"), replacements(2));     // cut
    EXPECT_EQ(printable("\xc3"
                        "b"),
              replacements(1) + "b");                           // not continued
    EXPECT_EQ(printable("\xc0\x9b"), replacements(2));          // too long
    EXPECT_EQ(printable("\xe0\x80\x9b"), replacements(3));      // too long
    EXPECT_EQ(printable("\xf0\x80\x80\x9b"), replacements(4));  // too long
    EXPECT_EQ(printable("\xed\xa0\x80"), replacements(3));      // surrogate
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), replacements(4));  // beyond Unicode
    EXPECT_EQ(printable("\xef\xbf\xbf"), replacements(3));      // the bus refuses it
}

TEST(ClientText, PrintableTextStaysAsItIs) {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string bytes{'\xe2', static_cast<char>(first), static_cast<char>(second)};
            for (std::size_t begin = 0; begin < 2; ++begin) {
                const std::string text = printable(bytes.substr(begin));
                ASSERT_EQ(printable(text), text);
                for (const char c : text)
                    ASSERT_TRUE(static_cast<unsigned char>(c) >= ' ' && c != '\x7f') << first;
            }
        }
    }
}

TEST(ClientText, BytesAreClippedBetweenCharacters) {
    EXPECT_EQ(clipped_bytes("abc", 3), "abc");
    EXPECT_EQ(clipped_bytes("abc", 2), "ab");
    EXPECT_EQ(clipped_bytes("ääää", 5), "ää");
    EXPECT_EQ(clipped_bytes("a😀", 4), "a");
    EXPECT_EQ(clipped_bytes("€", 2), "");
    EXPECT_EQ(clipped_bytes("abc", 0), "");
}

TEST(ClientText, ColumnsAreClippedWithAnEllipsisThatFits) {
    EXPECT_EQ(clipped_columns("abcde", 5), "abcde");
    EXPECT_EQ(clipped_columns("abcdef", 5), "abcd…");
    EXPECT_EQ(clipped_columns("äöüß", 4), "äöüß");
    EXPECT_EQ(clipped_columns("äöüß", 3), "äö…");
    EXPECT_EQ(clipped_columns("ab", 1), "…");
    EXPECT_EQ(clipped_columns("ab", 0), "");
    EXPECT_EQ(columns("äö€😀x"), 5u);
}

TEST(ClientText, DurationsHaveTheTwoUnitsThatMatter) {
    EXPECT_EQ(duration_text(0s), "0 s");
    EXPECT_EQ(duration_text(59'999ms), "59 s");
    EXPECT_EQ(duration_text(60s), "1 min 0 s");
    EXPECT_EQ(duration_text(12min + 3s), "12 min 3 s");
    EXPECT_EQ(duration_text(1h - 1us), "59 min 59 s");
    EXPECT_EQ(duration_text(1h), "1 h 0 min");
    EXPECT_EQ(duration_text(24h - 1us), "23 h 59 min");
    EXPECT_EQ(duration_text(24h), "1 d 0 h");
    EXPECT_EQ(duration_text(76h), "3 d 4 h");
    EXPECT_EQ(duration_text(Usec::max()), "106751991 d 4 h");
    EXPECT_EQ(duration_text(-1us), "0 s");
    EXPECT_EQ(duration_text(Usec::min()), "0 s");
}

TEST(ClientText, WaitsHaveTheUnitThatFits) {
    EXPECT_EQ(wait_text(0us), "0 µs");
    EXPECT_EQ(wait_text(999us), "999 µs");
    EXPECT_EQ(wait_text(1ms), "1.0 ms");
    EXPECT_EQ(wait_text(9'999us), "9.9 ms");
    EXPECT_EQ(wait_text(10ms), "10 ms");
    EXPECT_EQ(wait_text(1s - 1us), "999 ms");
    EXPECT_EQ(wait_text(61'250ms), "61.2 s");
    EXPECT_EQ(wait_text(-1us), "0 µs");
    EXPECT_EQ(wait_text(Usec::max()), "9223372036854.7 s");
}

TEST(ClientText, TimesAreLocal) {
    const WallTime time{std::chrono::sys_days{std::chrono::January / 31 / 2026} + 23h + 3min + 22s +
                        123'999us};
    const TimeZone east{"EAST-1"};
    EXPECT_EQ(time_of_day(time), "00:03:22.123");
    EXPECT_EQ(timestamp(time), "2026-02-01T00:03:22.123+01:00");
    const TimeZone west{"WEST3:30"};
    EXPECT_EQ(time_of_day(time), "19:33:22.123");
    EXPECT_EQ(timestamp(time), "2026-01-31T19:33:22.123-03:30");
}

TEST(ClientText, TimesBefore1970AreTimesToo) {
    const TimeZone utc{"UTC0"};
    EXPECT_EQ(timestamp(WallTime{-1us}), "1969-12-31T23:59:59.999+00:00");
    EXPECT_EQ(timestamp(WallTime{}), "1970-01-01T00:00:00.000+00:00");
}

}  // namespace
}  // namespace gamesched::client

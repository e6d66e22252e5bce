// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/tunable.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>

namespace gamesched::client {
namespace {

// The value that `text` is for a tunable of type T.
template <typename T>
std::optional<T> value(const std::string& text) {
    const auto parsed = parse_value(text, sdbus::Variant{T{}});
    if (!parsed) {
        EXPECT_EQ(parsed.error().exit_code, kExitUsage) << text;
        return std::nullopt;
    }
    EXPECT_TRUE(parsed->containsValueOfType<T>()) << parsed->peekValueType();
    return parsed->get<T>();
}

template <typename T>
void expect_exact_range() {
    const auto low = std::numeric_limits<T>::min();
    const auto high = std::numeric_limits<T>::max();
    EXPECT_EQ(value<T>(std::to_string(low)), low);
    EXPECT_EQ(value<T>(std::to_string(high)), high);
    EXPECT_EQ(value<T>(std::to_string(high) + "0"), std::nullopt);
    std::string beyond = std::to_string(high);  // its last digit is 5 or 7
    ++beyond.back();
    EXPECT_EQ(value<T>(beyond), std::nullopt);
}

TEST(ClientTunable, IntegersHaveTheRangeOfTheirType) {
    expect_exact_range<std::uint8_t>();
    expect_exact_range<std::int16_t>();
    expect_exact_range<std::uint16_t>();
    expect_exact_range<std::int32_t>();
    expect_exact_range<std::uint32_t>();
    expect_exact_range<std::int64_t>();
    expect_exact_range<std::uint64_t>();
    EXPECT_EQ(value<std::uint64_t>("-1"), std::nullopt);
    EXPECT_EQ(value<std::int32_t>("-1"), -1);
}

TEST(ClientTunable, AnIntegerIsAllOfTheText) {
    for (const std::string text :
         {"", " ", " 5", "5 ", "+5", "5.0", "1e3", "0x10", "5ms", "five", "--5"})
        EXPECT_EQ(value<std::uint64_t>(text), std::nullopt) << text;
    EXPECT_EQ(value<std::uint64_t>(std::string{"5\0", 2}), std::nullopt);
    EXPECT_EQ(value<std::uint64_t>("0005"), 5u);
}

TEST(ClientTunable, BooleansHaveSeveralSpellings) {
    for (const char* yes : {"true", "yes", "on", "1"})
        EXPECT_EQ(value<bool>(yes), true) << yes;
    for (const char* no : {"false", "no", "off", "0"})
        EXPECT_EQ(value<bool>(no), false) << no;
    for (const char* neither : {"", "TRUE", "2", "y", "on "})
        EXPECT_EQ(value<bool>(neither), std::nullopt) << neither;
}

TEST(ClientTunable, NumbersAndStringsOfALaterServiceWorkToo) {
    EXPECT_EQ(value<double>("-0.5"), -0.5);
    EXPECT_EQ(value<double>("1e3"), 1000.0);
    EXPECT_EQ(value<double>("1e999"), std::nullopt);
    EXPECT_EQ(value<double>("0.5x"), std::nullopt);
    EXPECT_EQ(value<std::string>("any text"), "any text");
    EXPECT_EQ(value<std::string>("\xff\x1b"), "\ufffd");  // the bus takes nothing else
}

TEST(ClientTunable, OtherTypesAreRefusedAndNamed) {
    const auto refused = parse_value("1", sdbus::Variant{std::vector<std::string>{}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().exit_code, kExitRefused);
    EXPECT_NE(refused.error().what.find("\"as\""), std::string::npos);
}

TEST(ClientTunable, WrongTextIsShownPrintable) {
    const auto refused = parse_value("\x1b[2J5\n", sdbus::Variant{std::uint64_t{}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, "\"[2J5 \" is not a whole number from 0 on that fits");
}

}  // namespace
}  // namespace gamesched::client

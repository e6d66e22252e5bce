// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Values of the bus as JSON: nothing gets lost, and nothing reaches a terminal that it would obey.

#include "desktop/client/json.h"

#include <gtest/gtest.h>
#include <sdbus-c++/sdbus-c++.h>
#include <unistd.h>

#include <cstdint>
#include <limits>

namespace gamesched::client {
namespace {

template <typename T>
std::string line(const T& value) {
    return json_line(json_of(sdbus::Variant{value}));
}

TEST(ClientJson, NumbersKeepTheirValue) {
    EXPECT_EQ(line(std::uint8_t{255}), "255");
    EXPECT_EQ(line(std::numeric_limits<std::int16_t>::min()), "-32768");
    EXPECT_EQ(line(std::numeric_limits<std::uint16_t>::max()), "65535");
    EXPECT_EQ(line(std::numeric_limits<std::int32_t>::min()), "-2147483648");
    EXPECT_EQ(line(std::numeric_limits<std::uint32_t>::max()), "4294967295");
    EXPECT_EQ(line(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
    EXPECT_EQ(line(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
    EXPECT_EQ(line(0.5), "0.5");
    EXPECT_EQ(line(true), "true");
    EXPECT_EQ(line(false), "false");
}

TEST(ClientJson, StringsPathsAndSignaturesAreStrings) {
    EXPECT_EQ(line(std::string{}), R"("")");
    EXPECT_EQ(line(std::string{"a\"b\\"}), R"("a\"b\\")");
    EXPECT_EQ(line(sdbus::ObjectPath{"/org/gamesched1"}), R"("/org/gamesched1")");
    EXPECT_EQ(line(sdbus::Signature{"a{sv}"}), R"("a{sv}")");
}

TEST(ClientJson, ContainersKeepTheirShape) {
    EXPECT_EQ(line(std::vector<std::uint32_t>{}), "[]");
    EXPECT_EQ(line(std::vector<std::uint32_t>{1, 2}), "[1,2]");
    EXPECT_EQ(line(std::map<std::string, std::string>{}), "{}");
    EXPECT_EQ(line(std::map<std::string, bool>{{"a", true}, {"b", false}}),
              R"({"a":true,"b":false})");
    EXPECT_EQ(line(std::map<std::uint32_t, std::string>{{7, "x"}}), R"({"7":"x"})");
    EXPECT_EQ(line(sdbus::Struct<std::string, std::int32_t>{"x", -1}), R"(["x",-1])");
    EXPECT_EQ(line(std::vector<std::vector<std::string>>{{}, {"a"}}), R"([[],["a"]])");
}

TEST(ClientJson, HoldsAreAnArrayOfObjects) {
    using Options = std::map<std::string, sdbus::Variant>;
    const std::vector<Options> holds{
        {{"AppId", sdbus::Variant{std::string{"obs"}}}, {"User", sdbus::Variant{std::uint32_t{0}}}},
        {},
    };
    EXPECT_EQ(line(holds), R"([{"AppId":"obs","User":0},{}])");
}

TEST(ClientJson, VariantsInVariantsAreTheirValues) {
    sdbus::Variant value{true};
    for (int depth = 0; depth < 20; ++depth)
        value = sdbus::Variant{std::vector<sdbus::Variant>{value}};
    EXPECT_EQ(json_line(json_of(value)), std::string(20, '[') + "true" + std::string(20, ']'));
}

TEST(ClientJson, WhatJsonCannotSayIsNull) {
    EXPECT_EQ(json_line(json_of(sdbus::Variant{})), "null");
    EXPECT_EQ(line(std::numeric_limits<double>::quiet_NaN()), "null");
    EXPECT_EQ(line(std::numeric_limits<double>::infinity()), "null");
    EXPECT_EQ(line(sdbus::UnixFd{STDERR_FILENO}), "null");
}

TEST(ClientJson, MembersKeepTheirOrder) {
    EXPECT_EQ(json_line(Json{{"b", 1}, {"a", 2}}), R"({"b":1,"a":2})");
}

TEST(ClientJson, OutputIsAsciiWithoutControlCharacters) {
    const std::string hostile = "\x1b[2J\x7f\xc2\x9b\u202e\n";
    const Json value{{hostile, hostile}};
    EXPECT_EQ(json_line(hostile), R"("\u001b[2J\u007f\u009b\u202e\n")");
    for (const char c : json_line(value))
        ASSERT_TRUE(c >= ' ' && c < '\x7f');
    for (const char c : json_document(value))
        ASSERT_TRUE(c == '\n' || (c >= ' ' && c < '\x7f'));
    EXPECT_EQ(Json::parse(json_line(value)), value);
    EXPECT_EQ(Json::parse(json_document(value)), value);
}

TEST(ClientJson, WhatIsNotUtf8IsReplacedAndDoesNotThrow) {
    EXPECT_EQ(json_line("a\xff"), R"("a\ufffd")");
    EXPECT_EQ(json_document(Json{{"\xc3", 1}}), "{\n  \"\\ufffd\": 1\n}");
}

}  // namespace
}  // namespace gamesched::client

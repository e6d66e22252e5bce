// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/proc_text.h"

#include <gtest/gtest.h>

namespace gamesched {
namespace {

using Strings = std::vector<std::string>;

TEST(ProcText, StatIsReadPastAHostileName) {
    constexpr char kStat[] = "7 (a) R 1 2 (\n) S 42 7 7";
    EXPECT_EQ(stat_field(kStat, 4), 42u);
    EXPECT_EQ(stat_field(kStat, 6), 7u);
    EXPECT_EQ(stat_field(kStat, 7), std::nullopt) << "it has no such field";
    EXPECT_EQ(stat_field(kStat, 3), std::nullopt) << "it is no number";
    EXPECT_EQ(stat_field("", 4), std::nullopt);
}

TEST(ProcText, StatusIsReadByTheBeginningsOfItsLines) {
    constexpr char kStatus[] = "Name:\tUid: 5\nUid:\t1000\t0\t0\t0\nVmRSS:\t  2048 kB\n";
    EXPECT_EQ(status_field(kStatus, "Uid:"), 1000u);
    EXPECT_EQ(status_field(kStatus, "VmRSS:"), 2048u);
    EXPECT_EQ(status_field(kStatus, "Threads:"), std::nullopt);
}

TEST(ProcText, OfControlGroupsVersion2Counts) {
    EXPECT_EQ(unified_cgroup("4:cpu:/x\n0::/user.slice/0::y\n"), "/user.slice/0::y");
    EXPECT_EQ(unified_cgroup("4:cpu:/0::x\n"), "");
}

TEST(ProcText, ArgumentsAreSplitAtTheirZeros) {
    EXPECT_EQ(split_arguments(std::string_view("a\0\0b c\0", 7)), (Strings{"a", "", "b c"}));
    EXPECT_EQ(split_arguments("cut"), Strings{"cut"});
    EXPECT_TRUE(split_arguments("").empty());
}

TEST(ProcText, OfVariablesThoseAreFoundThatAreAskedFor) {
    constexpr const char* kNames[] = {"HOME", "EMPTY"};
    EXPECT_EQ(
        variables_in(std::string_view("HOMER=x\0HOME=/a=b\0EMPTY=\0HOME\0PATH=y\0", 36), kNames),
        (std::map<std::string, std::string>{{"EMPTY", ""}, {"HOME", "/a=b"}}));
}

}  // namespace
}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/games/history.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <format>
#include <fstream>

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kUser = 1000, kOther = 1001;

struct HistoryFile : testing::Test {
    fs::path directory = fs::temp_directory_path() / std::format("gamesched-history-{}", getpid());
    fs::path file = directory / "history-1000.jsonl";

    HistoryFile() { fs::create_directories(directory); }
    ~HistoryFile() override { fs::remove_all(directory); }
};

TEST_F(HistoryFile, LinesAreReadAsTheyWereAdded) {
    History history(directory);
    EXPECT_TRUE(history.lines(kUser).empty());
    history.add(kUser, "one");
    history.add(kUser, "two");
    EXPECT_EQ(History(directory).lines(kUser), (std::vector<std::string>{"one", "two"}));
}

TEST_F(HistoryFile, ALineThatACrashHasCutSpoilsNoOther) {
    std::ofstream(file) << "\nwhole\n{\"cut";
    History history(directory);
    history.add(kUser, "next");
    EXPECT_EQ(history.lines(kUser), (std::vector<std::string>{"whole", "{\"cut", "next"}));
}

TEST_F(HistoryFile, OfTooMuchTheOlderHalfIsForgotten) {
    History history(directory);
    const std::string filler(1000, 'x');
    int number = 0;
    for (; number < 2000; ++number) {
        history.add(kUser, std::format("{} {}", number, filler));
        ASSERT_LE(fs::file_size(file), History::kMaxBytes);
    }
    const auto lines = history.lines(kUser);
    EXPECT_GT(lines.size(), 50u);
    for (auto line = lines.rbegin(); line != lines.rend(); ++line)
        EXPECT_TRUE(line->starts_with(std::format("{} ", --number)));
}

TEST_F(HistoryFile, OfTooManyUsersWhoHasNotPlayedForLongestIsForgotten) {
    History history(directory);
    const auto now = fs::file_time_type::clock::now();
    for (uid_t user = 0; user < History::kMaxUsers; ++user) {
        history.add(user, "played");
        fs::last_write_time(directory / std::format("history-{}.jsonl", user),
                            now - std::chrono::hours(user == 7 ? 1000 : user));
    }
    history.add(3, "played again");
    EXPECT_EQ(history.users().size(), History::kMaxUsers) << "nobody is new";
    history.add(5000, "played");
    EXPECT_EQ(history.users().size(), History::kMaxUsers);
    EXPECT_TRUE(history.lines(7).empty());
    EXPECT_EQ(history.lines(5000).size(), 1u);
    EXPECT_EQ(history.lines(3).size(), 2u);
}

TEST_F(HistoryFile, OneUserTakesNothingFromAnother) {
    History history(directory);
    history.add(kOther, "others");
    for (int i = 0; i < 500; ++i)
        history.add(kUser, std::string(1000, 'x'));
    EXPECT_EQ(history.lines(kOther), std::vector<std::string>{"others"});
    auto users = history.users();
    std::ranges::sort(users);
    EXPECT_EQ(users, (std::vector<uid_t>{kUser, kOther}));
}

TEST_F(HistoryFile, WithoutADirectoryNothingIsKept) {
    History history{fs::path()};
    history.add(kUser, "one");
    EXPECT_TRUE(history.lines(kUser).empty());
}

TEST_F(HistoryFile, WhatIsNoFileIsNotWaitedFor) {
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_TRUE(History(directory).lines(kUser).empty());
}

}  // namespace
}  // namespace gamesched::test

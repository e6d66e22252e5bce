// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the service knows of its former life, where systemd keeps no descriptors. With it: tests/vm.

#include "service/games/store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <format>
#include <fstream>
#include <iterator>

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct StoreFile : testing::Test {
    fs::path directory = fs::temp_directory_path() / std::format("gamesched-store-{}", getpid());

    StoreFile() { fs::create_directories(directory); }
    ~StoreFile() override { fs::remove_all(directory); }

    SavedState load() {
        std::map<std::string, Fd> nothing;
        return Store(directory).load(nothing);
    }
    void write(const std::string& text) { std::ofstream(directory / "state.json") << text; }
    std::string text() {
        std::ifstream file(directory / "state.json");
        return {std::istreambuf_iterator<char>(file), {}};
    }
};

TEST_F(StoreFile, WhatIsSavedIsKnownAgain) {
    SavedState state;
    state.next_game_id = 7;
    state.mode = "on";
    state.bus_id = "abc";
    state.holds = {{.cookie = 1, .owner = ":1.5", .user = 1000, .app_id = "app", .reason = "\xff"}};
    state.scheduler = {.was_on = true,
                       .trips = 4,
                       .recent_trips = {10s, 20s},
                       .off_until = std::chrono::microseconds::max(),
                       .why_off = "why \"not\""};
    Game game;
    game.id = 6;
    game.name = "A game";
    Store(directory).save(state, {&game});
    const SavedState known = load();
    EXPECT_EQ(known.next_game_id, 7u);
    EXPECT_EQ(known.mode, "on");
    EXPECT_EQ(known.bus_id, "abc");
    ASSERT_EQ(known.holds.size(), 1u);
    EXPECT_EQ(known.holds[0].owner, ":1.5");
    ASSERT_EQ(known.games.size(), 1u);
    EXPECT_EQ(known.games[0].name, "A game");
    EXPECT_TRUE(known.scheduler.was_on);
    EXPECT_EQ(known.scheduler.trips, 4u);
    EXPECT_EQ(known.scheduler.recent_trips, state.scheduler.recent_trips);
    EXPECT_EQ(known.scheduler.off_until, state.scheduler.off_until);
    EXPECT_EQ(known.scheduler.why_off, "why \"not\"");
}

TEST_F(StoreFile, WhatIsThereAlreadyIsNotWrittenAgain) {
    Store store(directory);
    SavedState state;
    store.save(state, {});
    std::ofstream(directory / "state.json", std::ios::app) << ' ';
    store.save(state, {});
    EXPECT_EQ(text().back(), ' ');
    state.mode = "on";
    store.save(state, {});
    EXPECT_EQ(text().back(), '}');
}

TEST_F(StoreFile, AFileOfAnEarlierVersionHasNoTrips) {
    write(
        R"({"next_game_id": 3, "mode": "", "bus_id": "", "games": [], "launches": [], "holds": []})");
    const SavedState known = load();
    EXPECT_EQ(known.next_game_id, 3u);
    EXPECT_FALSE(known.scheduler.was_on);
    EXPECT_EQ(known.scheduler.trips, 0u);
}

TEST_F(StoreFile, ADamagedFileIsNone) {
    for (const char* text : {"", "{", "[]", R"({"next_game_id": "three"})",
                             R"({"next_game_id": 3, "mode": "", "bus_id": "", "games": [],
                                 "launches": [], "holds": [], "scheduler": 1})"}) {
        write(text);
        EXPECT_EQ(load().next_game_id, 1u) << text;
    }
}

}  // namespace
}  // namespace gamesched::test

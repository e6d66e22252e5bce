// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// tray.ini: what was chosen is there again, what others wrote stays.

#include "desktop/tray/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>

#include "tests/support/shell.h"

namespace gamesched::tray {
namespace {

namespace fs = std::filesystem;

struct TraySettings : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-tray-{}", getpid());
    fs::path file = root / "gamesched" / "tray.ini";

    ~TraySettings() override { fs::remove_all(root); }

    void write(const std::string& text) const {
        fs::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
};

TEST_F(TraySettings, WithoutAFileAllIsAtItsDefaultAndNothingIsWritten) {
    EXPECT_FALSE(Settings(file).notify_games());
    EXPECT_FALSE(fs::exists(root));
}

TEST_F(TraySettings, WhatWasChosenIsThereAgain) {
    Settings settings(file);
    EXPECT_TRUE(settings.set_notify_games(true));
    EXPECT_TRUE(settings.notify_games());
    EXPECT_TRUE(Settings(file).notify_games());
    EXPECT_TRUE(settings.set_notify_games(false));
    EXPECT_FALSE(Settings(file).notify_games());
}

TEST_F(TraySettings, WhatOthersWroteStays) {
    write("# mine\n[Other]\nKey=1\n[Notifications]\nGames=false\n");
    Settings(file).set_notify_games(true);
    const std::string text = test::read_text(file);
    EXPECT_TRUE(text.contains("# mine")) << text;
    EXPECT_TRUE(text.contains("Key=1")) << text;
    EXPECT_TRUE(text.contains("Games=true")) << text;
}

TEST_F(TraySettings, ABrokenFileIsNoFile) {
    write("Games=true\n\xff[");
    EXPECT_FALSE(Settings(file).notify_games());
}

TEST_F(TraySettings, WhatCannotBeStoredHoldsUntilTheEnd) {
    write("");
    const fs::path inside = file / "no directory" / "tray.ini";
    Settings settings(inside);
    EXPECT_FALSE(settings.set_notify_games(true));
    EXPECT_TRUE(settings.notify_games());
}

}  // namespace
}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>

namespace gamesched::session {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

Config config_of(std::string_view text) {
    Config config;
    merge(config, parse_ini(text).entries);
    return config;
}

TEST(SessionConfig, WithoutAFileTheDefaultsAreGameModes) {
    const Config config;
    EXPECT_EQ(config.ioprio, 0);
    EXPECT_EQ(config.nice, 0);
    EXPECT_TRUE(config.inhibit_screensaver);
    EXPECT_FALSE(config.require_supervisor);
    EXPECT_EQ(config.script_timeout, std::chrono::seconds(10));
    EXPECT_TRUE(remarks(config).empty());
}

TEST(SessionConfig, EverySettingOfASessionIsRead) {
    const Config config = config_of(
        "[general]\nrenice=10\nioprio=3\ninhibit_screensaver=0\n"
        "[filter]\nwhitelist=a\nblacklist=b\n"
        "[supervisor]\nsupervisor_whitelist=c\nsupervisor_blacklist=d\nrequire_supervisor=1\n"
        "[custom]\nstart=e\n  f\nend=g\nscript_timeout=5\n");
    EXPECT_EQ(config.nice, 10);
    EXPECT_EQ(config.ioprio, 3);
    EXPECT_FALSE(config.inhibit_screensaver);
    EXPECT_EQ(config.whitelist, Strings{"a"});
    EXPECT_EQ(config.blacklist, Strings{"b"});
    EXPECT_EQ(config.supervisor_whitelist, Strings{"c"});
    EXPECT_EQ(config.supervisor_blacklist, Strings{"d"});
    EXPECT_TRUE(config.require_supervisor);
    EXPECT_EQ(config.start_scripts, (Strings{"e", "f"}));
    EXPECT_EQ(config.end_scripts, Strings{"g"});
    EXPECT_EQ(config.script_timeout, std::chrono::seconds(5));
    EXPECT_TRUE(remarks(config).empty());
}

TEST(SessionConfig, ALaterFileChangesValuesAndAddsToLists) {
    Config config = config_of("[general]\nrenice=5\nioprio=2\n[filter]\nwhitelist=a\n");
    merge(config, parse_ini("[general]\nrenice=6\n[filter]\nwhitelist=b\n").entries);
    EXPECT_EQ(config.nice, 6);
    EXPECT_EQ(config.ioprio, 2);
    EXPECT_EQ(config.whitelist, (Strings{"a", "b"}));
}

TEST(SessionConfig, IoPriorityCanBeLeftAlone) {
    EXPECT_EQ(config_of("[general]\nioprio=off\n").ioprio, std::nullopt);
    EXPECT_EQ(config_of("[general]\nioprio=5\nioprio=default\n").ioprio, 0);
}

TEST(SessionConfig, AnEmptyEntryOfAListIsNone) {
    EXPECT_TRUE(config_of("[filter]\nwhitelist=\n").whitelist.empty());
}

TEST(SessionConfig, WhatMakesNoSenseIsNamedAndChangesNothing) {
    const Config config = config_of(
        "[general]\nrenice=21\nioprio=8\ninhibit_screensaver=maybe\ncolour=red\n"
        "[custom]\nscript_timeout=0\n");
    EXPECT_EQ(config.not_understood,
              (Strings{"[general] renice", "[general] ioprio", "[general] inhibit_screensaver",
                       "[general] colour", "[custom] script_timeout"}));
    EXPECT_EQ(config.nice, 0);
    EXPECT_EQ(config.ioprio, 0);
}

TEST(SessionConfig, WhatBelongsToTheSystemIsNamedOnce) {
    const Config config = config_of(
        "[general]\ndesiredgov=performance\nreaper_freq=5\n[gpu]\ngpu_device=0\n"
        "[cpu]\npin_cores=1\npin_cores=0\n");
    EXPECT_EQ(config.left_to_system,
              (Strings{"[general] desiredgov", "[gpu] gpu_device", "[cpu] pin_cores"}));
    EXPECT_EQ(config.not_needed, Strings{"[general] reaper_freq"});
    const Strings lines = remarks(config);
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_TRUE(lines[0].contains("[general] desiredgov, [gpu] gpu_device, [cpu] pin_cores"));
    EXPECT_TRUE(lines[0].contains("gameschedd"));
}

TEST(SessionConfig, WhatTheJournalIsToldIsPrintable) {
    const Strings lines = remarks(config_of("[a\x1b[31m\xff]\nb\x07=c\n"));
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_TRUE(lines[0].ends_with(": [a\uFFFD[31m\uFFFD] b\uFFFD")) << lines[0];
}

TEST(SessionConfig, ListsHaveALimit) {
    std::string text = "[custom]\n";
    for (int i = 0; i < 40; ++i)
        text += "start=x\n";
    const Config config = config_of(text);
    EXPECT_EQ(config.start_scripts.size(), Config::kMaxList);
    EXPECT_EQ(config.not_understood, Strings{"[custom] start"});
}

TEST(SessionConfig, TheUsersDirectoryIsTheEnvironments) {
    using Paths = std::vector<fs::path>;
    EXPECT_EQ(config_directories("/x", "/home/p", "/w"),
              (Paths{"/usr/share/gamemode", "/etc", "/x", "/w"}));
    EXPECT_EQ(config_directories(nullptr, "/home/p", "/w"),
              (Paths{"/usr/share/gamemode", "/etc", "/home/p/.config", "/w"}));
    EXPECT_EQ(config_directories("", nullptr, "/w"), (Paths{"/usr/share/gamemode", "/etc", "/w"}));
}

TEST(SessionConfig, AFileIsReadOnceHoweverManyDirectoriesLeadToIt) {
    const fs::path root = fs::temp_directory_path() / std::format("gamesched-config-{}", getpid());
    fs::create_directories(root / "a");
    fs::create_directories(root / "b");
    fs::create_directory_symlink(root / "a", root / "link");
    std::ofstream(root / "a/gamemode.ini") << "[custom]\nstart=one\n";
    std::ofstream(root / "b/gamemode.ini") << "[custom]\nstart=two\n";
    const Config config =
        load({root / "none", root / "a", root / "b", root / "link", root / "a/../b"});
    fs::remove_all(root);
    EXPECT_EQ(config.start_scripts, (Strings{"one", "two"}));
}

}  // namespace
}  // namespace gamesched::session

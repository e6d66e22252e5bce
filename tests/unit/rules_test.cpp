// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/rules.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "service/detection/entries.h"

namespace gamesched {
namespace {

namespace fs = std::filesystem;

std::string error_of(std::string_view text) {
    Rules rules;
    const auto added = rules.add_toml(text, "x.toml");
    return added ? "" : added.error().message;
}

TEST(RuleFiles, ARuleMatchesWhenAllThatItSaysDoes) {
    Rules rules;
    ASSERT_TRUE(rules.add_toml(R"(
        [[game]]
        executable = "Hollow*"
        cgroup = "app-*"
        name = "Hollow Knight"
        [[game]]
        app-id = "367520"
        profile = "esports")",
                               "x.toml"));
    const auto name_of = [&](const RuleSubject& subject) {
        const Rule* rule = rules.find(subject);
        return rule ? rule->place : "none";
    };
    EXPECT_EQ(name_of({.executable = "hollow_knight.x86_64", .cgroup = "app-steam-1.scope"}),
              "x.toml:2");
    EXPECT_EQ(name_of({.executable = "hollow_knight.x86_64", .cgroup = "session-2.scope"}), "none");
    EXPECT_EQ(name_of({.app_id = "367520", .executable = "hollow", .cgroup = "session-2.scope"}),
              "x.toml:6");
    EXPECT_EQ(name_of({}), "none");
}

TEST(RuleFiles, WhatIsWrongIsSaidWithItsPlaceAndChangesNothing) {
    EXPECT_TRUE(error_of("[[game]]\nname = 5\n").contains("x.toml:2: name: must be a text"));
    EXPECT_TRUE(error_of("[[game]]\nexe = \"a\"\n").contains("x.toml:2: exe: there is no such"));
    EXPECT_TRUE(error_of("[[game]]\nname = \"a\"\n").contains("is needed"));
    EXPECT_TRUE(error_of("[[game]]\napp-id = \"1\"\n").contains("sets nothing"));
    EXPECT_TRUE(error_of("[[game]]\nignore = \"yes\"\n").contains("true or false"));
    EXPECT_TRUE(error_of("[games]\n").contains("[[game]] tables only"));
    EXPECT_TRUE(error_of("game = 1\n").contains("[[game]] tables only"));
    EXPECT_TRUE(error_of("[[game\n").contains("x.toml:1"));
    EXPECT_TRUE(error_of("[[game]]\n\"a\\u001b\" = 1\n").contains("x.toml:2: a\uFFFD: "));
    EXPECT_TRUE(error_of("game = t\x07\n").contains("saw 't\uFFFD'"));
    EXPECT_TRUE(error_of("[[game]]\nname = \"" + std::string(300, 'x') + "\"\n").contains("256"));
    Rules rules;
    ASSERT_TRUE(rules.add_toml("[[game]]\napp-id = \"1\"\nname = \"One\"\n", "a.toml"));
    EXPECT_FALSE(rules.add_toml("[[game]]\napp-id = \"2\"\nname = \"Two\"\n[[game]]\n", "b.toml"));
    EXPECT_EQ(rules.all().size(), 1u);
}

class RuleFolders : public testing::Test {
  protected:
    RuleFolders() {
        for (const char* folder : {"vendor/games.d", "admin/games.d"})
            fs::create_directories(root_ / folder);
    }
    ~RuleFolders() override { fs::remove_all(root_); }

    void write(const char* file, std::string_view name) {
        std::ofstream(root_ / file) << "[[game]]\napp-id = \"1\"\nname = \"" << name << "\"\n";
    }
    std::string name() const {
        const auto rules = Rules::load({root_ / "vendor", root_ / "admin", root_ / "missing"});
        const Rule* rule = rules ? rules->find({.app_id = "1"}) : nullptr;
        return rule ? rule->name : "";
    }

    fs::path root_ = fs::temp_directory_path() / ("gamesched-rules-" + std::to_string(getpid()));
};

TEST_F(RuleFolders, TheLaterNameComesFirstAndTheAdministratorReplacesAFile) {
    EXPECT_EQ(name(), "");
    write("vendor/games.d/50-a.toml", "vendor 50");
    EXPECT_EQ(name(), "vendor 50");
    write("vendor/games.d/60-b.toml", "vendor 60");
    EXPECT_EQ(name(), "vendor 60");
    write("admin/games.d/60-b.toml", "admin 60");
    EXPECT_EQ(name(), "admin 60");
    std::ofstream(root_ / "admin/games.d/60-b.toml").flush();  // empty: the vendor's is gone
    EXPECT_EQ(name(), "vendor 50");
}

TEST(RuleFiles, WhatIsInstalledIsRight) {
    const auto rules = Rules::load({SHARED_DATA});
    ASSERT_TRUE(rules) << rules.error().message;
    const Rule* redistributables = rules->find({.app_id = "228980"});
    ASSERT_NE(redistributables, nullptr);
    EXPECT_TRUE(redistributables->ignore);
}

TEST(Entries, SayWhatTheyRunAndWhetherItIsAGame) {
    DesktopEntries entries;
    const auto add = [&](const char* id, const char* exec, const char* categories) {
        entries.add(id, std::string("[Desktop Entry]\nName=") + id + "\nExec=" + exec +
                            "\nCategories=" + categories + "\n");
    };
    add("supertux2", "supertux2 %U", "Game;ArcadeGame;");
    add("wesnoth", "/usr/bin/flatpak run --branch=stable org.wesnoth.Wesnoth @@u %U @@", "Game;");
    add("wined", "env WINEPREFIX=\"/home/a b/.wine\" wine x.exe", "Game;");
    add("protonup", "protonup-qt", "Utility;Game;");
    add("broken", "\"unfinished", "Game;");
    const auto is_game = [&](const char* program) {
        const DesktopEntry* entry = entries.find_by_program(program);
        return entry && entry->is_game;
    };
    EXPECT_TRUE(is_game("supertux2"));
    EXPECT_TRUE(is_game("org.wesnoth.Wesnoth"));
    EXPECT_TRUE(is_game("wine"));
    EXPECT_FALSE(is_game("protonup-qt")) << "it manages games";
    ASSERT_NE(entries.find_by_id("protonup"), nullptr);
    EXPECT_EQ(entries.find_by_id("broken"), nullptr);
    EXPECT_EQ(entries.game_programs().size(), 3u);
    entries.add("not", "no key file at all");
    entries.add("binary", std::string("\0\xff\xfe", 3));
    EXPECT_EQ(entries.find_by_id("not"), nullptr);
}

}  // namespace
}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/played.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace gamesched::agent {
namespace {

TEST(Windows, OfSteamsGamesHaveTheirAppId) {
    const Played portal = {.app_id = "620", .programs = {"Z:\\portal2.exe"}};
    EXPECT_TRUE(is_window_of("steam_app_620", portal));
    EXPECT_FALSE(is_window_of("steam_app_62", portal));
    EXPECT_FALSE(is_window_of("steam_app_", {.app_id = "1"}));
    EXPECT_TRUE(is_window_of("portal2.exe", portal));
}

TEST(Windows, HaveTheNameOfTheProgramOrOfTheEntry) {
    const Played game = {.flatpak_id = "org.example.Game",
                         .scope = "app-gnome-net.example.Space\\x2dGame-77.scope",
                         .programs = {"/opt/Space/space.x86_64", ""},
                         .paths = {"/home/u/notes"}};
    for (const char* window :
         {"space.x86_64", "Space.X86_64", "org.example.Game", "net.example.space-game"})
        EXPECT_TRUE(is_window_of(window, game)) << window;
    for (const char* window : {"", "space", "notes", "firefox"})
        EXPECT_FALSE(is_window_of(window, game)) << window;
}

TEST(Windows, OfALauncherAreNoGames) {
    EXPECT_FALSE(is_window_of("steam", {.scope = "app-steam-1234.scope"}));
    EXPECT_FALSE(is_window_of("net.lutris.Lutris", {.scope = "app-net.lutris.Lutris@1.service"}));
}

TEST(PlayedGames, AreWhatTheirProcessesSay) {
    const auto self = static_cast<pid_t>(getpid());
    const Played played = played_by({.pid = self, .main_pid = self, .executable = "/first"});
    const std::string own = std::filesystem::read_symlink("/proc/self/exe");
    EXPECT_EQ(played.programs, (std::vector<std::string>{own, "/first"}));
    EXPECT_TRUE(std::ranges::contains(played.paths, own));
    EXPECT_TRUE(std::ranges::contains(played.paths, "/first"));
}

}  // namespace
}  // namespace gamesched::agent

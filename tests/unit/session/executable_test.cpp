// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/executable.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace gamesched::session {
namespace {

TEST(SessionExecutable, OnesOwnIsFound) {
    EXPECT_EQ(find_executable(getpid()), std::filesystem::read_symlink("/proc/self/exe"));
}

TEST(SessionExecutable, OfNoProcessThereIsNone) {
    EXPECT_EQ(find_executable(0), std::nullopt);
}

TEST(SessionExecutable, WineIsKnownByItsLastPart) {
    EXPECT_TRUE(is_wine("/usr/lib/wine/wine64-preloader"));
    EXPECT_TRUE(is_wine("wine-preloader"));
    EXPECT_FALSE(is_wine("/opt/wine64-preloader/game"));
    EXPECT_FALSE(is_wine("/usr/bin/winecfg"));
}

TEST(SessionExecutable, WindowsPathsBecomeOurs) {
    EXPECT_EQ(path_of_windows("Z:\\games\\a b\\x.exe", "/p"), "/games/a b/x.exe");
    EXPECT_EQ(path_of_windows("C:\\x.exe", "/p"), "/p/drive_c/x.exe");
    EXPECT_EQ(path_of_windows("c:/x.exe", "/p"), "/p/drive_c/x.exe");
    EXPECT_EQ(path_of_windows("D:\\x.exe", "/p"), "/p/dosdevices/d:/x.exe");
}

TEST(SessionExecutable, OtherWordsAreNoWindowsPaths) {
    EXPECT_EQ(path_of_windows("/usr/bin/x", "/p"), std::nullopt);
    EXPECT_EQ(path_of_windows("C:", "/p"), std::nullopt);
    EXPECT_EQ(path_of_windows("1:\\x", "/p"), std::nullopt);
    EXPECT_EQ(path_of_windows("C:x", "/p"), std::nullopt);
    EXPECT_EQ(path_of_windows("", "/p"), std::nullopt);
}

TEST(SessionExecutable, ThePrefixIsTheEnvironmentsOrTheUsual) {
    EXPECT_EQ(wine_prefix({{"HOME", "/home/p"}, {"WINEPREFIX", "/q"}}), "/q");
    EXPECT_EQ(wine_prefix({{"HOME", "/home/p"}}), "/home/p/.wine");
    EXPECT_EQ(wine_prefix({{"WINEPREFIX", ""}, {"HOME", "/home/p"}}), "/home/p/.wine");
}

}  // namespace
}  // namespace gamesched::session

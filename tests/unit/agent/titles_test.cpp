// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What games are called, from files as Steam, Lutris and desktops write them, and from files as
// somebody might who means harm.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <format>
#include <fstream>

#include "desktop/agent/lutris.h"
#include "desktop/agent/steam.h"
#include "desktop/agent/title_finder.h"
#include "service/base/file.h"

namespace gamesched::agent {
namespace {

namespace fs = std::filesystem;

std::string manifest(const std::string& title) {
    return "\"AppState\"\n{\n\t\"appid\"\t\t\"620\"\n\t\"name\"\t\t\"" + title +
           "\"\n\t\"UserConfig\"\n\t{\n\t\t\"name\" \"another\"\n\t}\n}\n";
}

std::string game_entry(const std::string& name, const std::string& command) {
    return "[Desktop Entry]\nType=Application\nName=" + name + "\nExec=" + command +
           "\nCategories=Game;\n";
}

struct Titles : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-titles-{}", getpid());
    Places places = {.home = root, .data = root / ".local/share", .config = root / ".config"};

    Titles() { fs::create_directories(root); }
    ~Titles() override { fs::remove_all(root); }

    void write(const fs::path& file, const std::string& text) const {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }
    std::string title(const Played& played) const { return find_title(places, played); }
};

struct SteamTitles : Titles {
    const fs::path steam = ".local/share/Steam/steamapps";
};

TEST_F(SteamTitles, AreInEachOfItsFolders) {
    int number = 100;
    for (const char* folder : {".steam/steam", ".local/share/Steam",
                               ".var/app/com.valvesoftware.Steam/.local/share/Steam",
                               "snap/steam/common/.local/share/Steam"}) {
        ++number;
        write(fs::path(folder) / "steamapps" / std::format("appmanifest_{}.acf", number),
              manifest(folder));
        EXPECT_EQ(title({.app_id = std::to_string(number)}), folder);
    }
    EXPECT_EQ(title({.app_id = "99"}), "");
}

TEST_F(SteamTitles, AreInItsLibrariesOfAllTimes) {
    write(steam / "libraryfolders.vdf",
          std::format(
              "\"libraryfolders\" {{ \"0\" {{ \"path\" \"{0}/new\" \"label\" \"\" \"apps\" {{ "
              "\"620\" \"1\" }} }} \"1\" \"{0}/old\" }}",
              root.string()));
    write("new/steamapps/appmanifest_620.acf", manifest("Portal 2"));
    write("old/steamapps/appmanifest_400.acf", manifest("Portal"));
    EXPECT_EQ(title({.app_id = "620"}), "Portal 2");
    EXPECT_EQ(title({.app_id = "400"}), "Portal");
}

TEST_F(SteamTitles, AnAppIdIsNoPath) {
    write("secret.acf", manifest("secret"));
    write(steam / "appmanifest_x/y", "");
    for (const char* id :
         {"x/../../../../../secret", "", "0", "-1", "1 ", "00620", "12345678901"}) {
        EXPECT_FALSE(is_app_id(id)) << id;
        EXPECT_EQ(title({.app_id = id}), "") << id;
    }
}

TEST_F(SteamTitles, ComeFromNoDamagedFile) {
    const auto expect_none = [&](const std::string& text) {
        write(steam / "appmanifest_620.acf", text);
        EXPECT_EQ(title({.app_id = "620"}), "") << text.substr(0, 80);
    };
    expect_none("");
    expect_none(manifest("Portal 2").substr(0, 50));
    expect_none(std::string("\0\x01\xff{{{\"", 7));
    expect_none(manifest("Portal 2") + std::string(kMaxFileBytes, ' '));
    std::string deep;
    for (int i = 0; i < 10'000; ++i)
        deep += "a{";
    expect_none(deep);
}

TEST_F(SteamTitles, OfShortcutsAreInTheirEntries) {
    write(".local/share/applications/Portal 2.desktop",
          game_entry("Portal 2", "steam steam://rungameid/620"));
    // A program that is no Steam game: 3000000000 << 32 | 0x02000000.
    write(".local/share/applications/Mine.desktop",
          game_entry("Mine", "steam steam://rungameid/12884901888033554432"));
    EXPECT_EQ(title({.app_id = "620"}), "Portal 2");
    EXPECT_EQ(title({.app_id = "3000000000"}), "Mine");
    EXPECT_EQ(title({.app_id = "62"}), "");
}

TEST_F(Titles, OnlyRegularFilesAreRead) {
    const fs::path folder = root / ".local/share/Steam/steamapps";
    fs::create_directories(folder);
    const fs::path file = folder / "appmanifest_620.acf";
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    EXPECT_EQ(read_regular(file, 100).error(), EINVAL);
    EXPECT_EQ(title({.app_id = "620"}), "");
    fs::remove(file);
    fs::create_symlink(file, file);
    EXPECT_EQ(read_regular(file, 100).error(), ELOOP);
    EXPECT_EQ(title({.app_id = "620"}), "");
    fs::remove(file);
    fs::create_symlink("/dev/zero", file);
    EXPECT_EQ(read_regular(file, 100).error(), EINVAL);
    fs::remove(file);
    fs::create_directory(file);
    EXPECT_EQ(title({.app_id = "620"}), "");
    EXPECT_EQ(read_regular(folder / "none", 100).error(), ENOENT);
    // A file that somebody links to is his own.
    write("elsewhere", manifest("Portal 2"));
    fs::remove(file);
    fs::create_symlink(root / "elsewhere", file);
    EXPECT_EQ(title({.app_id = "620"}), "Portal 2");
}

TEST_F(Titles, AFileHasALimit) {
    write("file", std::string(100, 'x'));
    EXPECT_EQ(read_regular(root / "file", 100)->size(), 100u);
    EXPECT_EQ(read_regular(root / "file", 99).error(), EFBIG);
}

TEST(LutrisFiles, SayNameAndProgram) {
    const auto game = read_lutris(
        "game:\n  exe: /games/ori/Ori.exe\n  prefix: /p\nname: 'Ori and the\n"
        "  Blind Forest'\nslug: ori\n");
    ASSERT_TRUE(game);
    EXPECT_EQ(game->name, "Ori and the Blind Forest");
    EXPECT_EQ(game->file, "/games/ori/Ori.exe");
    EXPECT_EQ(read_lutris("{name: Zelda, game: {main_file: /roms/z.sfc}}")->file, "/roms/z.sfc");
}

TEST(LutrisFiles, ThatAreNoneSayNothing) {
    for (const std::string& text :
         {std::string(), std::string("name: x"), std::string("game: {exe: /a}"),
          std::string("- name\n- game\n"), std::string("name: {a: b}\ngame: [exe]\n"),
          std::string("name: [x]\ngame: {exe: /a}\n"), std::string("a: b: c: *x"),
          std::string("\"open"), std::string("&a [*a, *a]"), std::string("\0\0\xff\xfe%", 5),
          std::string(100'000, '['), std::string(100'000, '{'), std::string("? ? ? ? ?"),
          std::string("<<: *nobody\nname: x\ngame: 3\n")})
        EXPECT_FALSE(read_lutris(text)) << text.substr(0, 40);
    std::string deep;
    for (int i = 0; i < 5'000; ++i)
        deep += std::string(static_cast<size_t>(i % 200), ' ') + "a:\n";
    EXPECT_FALSE(read_lutris(deep));
    std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n";
    for (char c = 'b'; c < 'z'; ++c)
        bomb += std::format("{0}: &{0} [*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1}]\n", c,
                            char(c - 1));
    EXPECT_FALSE(read_lutris(bomb));
}

TEST(LutrisFiles, AreTheProgramAsLinuxAndAsWineSeeIt) {
    const std::string file = "/home/u/Games/ori/drive_c/GOG Games/Ori/Ori.exe";
    EXPECT_TRUE(is_lutris_file(file, file));
    EXPECT_TRUE(is_lutris_file(file, "C:\\GOG Games\\Ori\\ori.exe"));
    EXPECT_TRUE(is_lutris_file(file, "z:\\home\\u\\Games\\ori\\drive_c\\GOG Games\\Ori\\Ori.exe"));
    for (const char* other :
         {"", "Ori.exe", "C:\\Ori.exe", "C:\\Other\\Ori\\Ori.exe", "D:\\GOG Games\\Ori\\Ori.exe",
          "Z:\\Ori.exe", "/home/u/Games/ori/Ori.exe", "C:/"})
        EXPECT_FALSE(is_lutris_file(file, other)) << other;
    EXPECT_TRUE(is_lutris_file("/a\\b:/c", "/a\\b:/c")) << "a path of ours has no drives";
    EXPECT_FALSE(is_lutris_file("", ""));
    EXPECT_FALSE(is_lutris_file("relative", "relative"));
}

TEST_F(Titles, OfLutrisAreFoundByTheFile) {
    write(".local/share/lutris/games/other-1.yml", "name: Other\ngame: {exe: /games/other}\n");
    write(".local/share/lutris/games/broken.yml", "{{{{");
    write(".local/share/lutris/games/ori-2.yml", "name: Ori\ngame: {exe: /games/ori}\n");
    write(".config/lutris/games/old-3.yml", "name: Old\ngame: {exe: /games/old}\n");
    EXPECT_EQ(title({.paths = {"/usr/bin/wine", "/games/ori"}}), "Ori");
    EXPECT_EQ(title({.paths = {"/games/old"}}), "Old");
    EXPECT_EQ(title({.paths = {"/games/none"}}), "");
}

struct EntryTitles : testing::Test {
    DesktopEntries entries;
    std::string name(const Played& played) const {
        const DesktopEntry* entry = find_entry(entries, played);
        return entry ? entry->name : "";
    }
};

TEST_F(EntryTitles, AreTheOnesOfTheScopesEntry) {
    entries.add("space-game", game_entry("Space Game", "/opt/space/run.sh"));
    EXPECT_EQ(name({.scope = "app-gnome-space\\x2dgame-1234.scope"}), "Space Game");
    EXPECT_EQ(name({.scope = "app-space\\x2dgame@abc.service"}), "Space Game");
    EXPECT_EQ(name({.scope = "session-2.scope"}), "");
}

TEST_F(EntryTitles, OfWhatStartsGamesAreNone) {
    entries.add("steam", game_entry("Steam", "/home/u/bin/steam %U"));
    entries.add("Hades", game_entry("Hades", "xdg-open heroic://launch/legendary/Min"));
    entries.add("Ori",
                game_entry("Ori", "env LUTRIS_SKIP_INIT=1 /home/u/lutris lutris:rungameid/2"));
    entries.add("tool", "[Desktop Entry]\nType=Application\nName=Tool\nExec=/opt/tool\n");
    for (const char* scope :
         {"app-steam-1.scope", "app-Hades@1.service", "app-Ori-1.scope", "app-tool-1.scope"})
        EXPECT_EQ(name({.scope = scope}), "") << scope;
    EXPECT_EQ(name({.programs = {"/opt/tool"}, .paths = {"/opt/tool", "/home/u/bin/steam"}}), "");
}

TEST_F(EntryTitles, AreFoundByTheFlatpakOrTheFile) {
    entries.add("org.example.Game",
                "[Desktop Entry]\nType=Application\nName=Example\nX-Flatpak=org."
                "example.Game\nExec=/usr/bin/flatpak run org.example.Game\n"
                "Categories=Game;\n");
    entries.add("gog", game_entry("GOG's", "\"/home/u/GOG Games/X/start.sh\" \"\""));
    entries.add("other", game_entry("Other", "/home/u/other/start.sh"));
    entries.add("wine", game_entry("Windows game", "/usr/bin/wine /home/u/x.exe"));
    entries.add("mine", game_entry("Mine", "mine --fast"));
    EXPECT_EQ(name({.flatpak_id = "org.example.Game"}), "Example");
    EXPECT_EQ(name({.programs = {"/home/u/GOG Games/X/start.sh"},
                    .paths = {"/bin/sh", "/home/u/GOG Games/X/start.sh"}}),
              "GOG's");
    EXPECT_EQ(name({.programs = {"/usr/bin/wine"}, .paths = {"/usr/bin/wine", "/home/u/y.exe"}}),
              "");
    EXPECT_EQ(name({.programs = {"/usr/bin/wine"}, .paths = {"/usr/bin/wine", "/home/u/x.exe"}}),
              "Windows game");
    EXPECT_EQ(name({.programs = {"/home/u/.local/bin/mine"}, .paths = {}}), "Mine");
    EXPECT_EQ(name({.programs = {"/home/u/elsewhere/start.sh"}, .paths = {}}), "");
}

TEST_F(Titles, AreInTheUsersOwnFolders) {
    write(".local/share/applications/one.desktop", game_entry("One", "/opt/one"));
    write(".local/share/flatpak/exports/share/applications/a.B.desktop", game_entry("Two", "x"));
    write(".local/share/applications/broken.desktop", "]]\xff");
    EXPECT_EQ(title({.paths = {"/opt/one"}}), "One");
    EXPECT_EQ(title({.flatpak_id = "a.B"}), "Two");
    EXPECT_EQ(title({.scope = "app-flatpak-a.B-77.scope"}), "Two");
}

}  // namespace
}  // namespace gamesched::agent

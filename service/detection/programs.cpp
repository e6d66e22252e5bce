// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/programs.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace gamesched {
namespace {

// Patterns of file names, as of a shell, whatever their case.
using Patterns = std::initializer_list<const char*>;

bool is_any_of(const std::string& name, Patterns patterns) {
    return std::ranges::any_of(patterns, [&](const char* pattern) {
        return fnmatch(pattern, name.c_str(), FNM_CASEFOLD) == 0;
    });
}

constexpr Patterns kLaunchers = {
    "steam", "steam-runtime-launcher-service", "steamos-session", "lutris", "heroic",
    "com.heroicgameslauncher.hgl", "bottles", "itch", "prismlauncher", "multimc", "polymc",
    "minecraft-launcher", "atlauncher", "gdlauncher", "minigalaxy", "gamehub", "rare", "cartridges",
    "faugus-launcher", "es-de", "emulationstation", "pegasus-fe", "playnite*.exe",
    // Windows
    "epicgameslauncher.exe", "galaxyclient.exe", "origin.exe", "eadesktop.exe", "ealauncher.exe",
    "link2ea.exe", "upc.exe", "ubisoftconnect.exe", "ubisoftgamelauncher*.exe", "battle.net.exe",
    "battle.net launcher.exe", "agent.exe", "rockstarservice.exe", "bethesdanetlauncher.exe",
    "butler", "amazon games.exe", "riotclient*.exe", "*launcher*.exe", "start_protected_game.exe"};

constexpr Patterns kWrappers = {
    // Steam and its containers
    "reaper", "steam-launch-wrapper", "pressure-vessel*", "pv-*", "srt-*", "bwrap",
    "_v2-entry-point", "steam-runtime-*", "scout-on-soldier-entry-point-v2", "run-in-*", "proton",
    "steam.exe", "gldriverquery", "proton.exe",
    // other launchers' runners
    "umu-run", "umu_run.py", "__main__.py", "legendary", "legendary.py", "gogdl", "gogdl.py",
    "nile", "lutris-wrapper", "bottles-cli", "flatpak", "snap*", "ld-linux*",
    // Wine itself, before it runs a program
    "wine", "wine64", "wineloader*", "wine-preloader", "wine64-preloader", "start.exe", "cmd.exe",
    // what people put before a game
    "gamescope", "gamescope-wl", "gamescopereaper", "mangohud", "gamemoderun", "strangle",
    "obs-gamecapture", "obs-vkcapture", "prime-run", "switcherooctl", "game-performance",
    "gamesched", "box64", "box86", "fexinterpreter", "firejail", "dbus-run-session", "systemd-run",
    "systemd-inhibit", "env", "nice", "ionice", "chrt", "taskset", "setsid", "stdbuf", "time"};

constexpr Patterns kHelpers = {
    // Wine's own services; everything in C:\windows is one, too
    "wineserver*", "services.exe", "winedevice.exe", "plugplay.exe", "svchost.exe", "explorer.exe",
    "rpcss.exe", "tabtip.exe", "conhost.exe", "wineboot.exe", "winemenubuilder.exe", "rundll32.exe",
    "xalia.exe", "iexplore.exe",
    // crash handlers
    "*crashhandler*", "*crash_handler*", "*crashreport*", "*crash_report*", "*crashpad*",
    "*crashsender*", "*crashsvc*", "*bugreport*", "*bugsplat*", "*errorreport*",
    // shader compilers, overlays, embedded browsers
    "fossilize_replay", "shadercompileworker*", "*shadercache*.exe", "gameoverlayui*",
    "steamerrorreporter*", "*webhelper.exe", "*cefprocess*", "*cefsubprocess*", "cefsharp.*.exe",
    "qtwebengineprocess*", "zfgamebrowser.exe", "socialclubhelper.exe", "*overlay.exe", "mangoapp",
    "xdg-dbus-proxy", "xdg-open",
    // anti-cheat
    "easyanticheat*", "beservice*", "bedaisy*", "*battleye*", "pnkbstr*", "vgc.exe", "vgtray.exe",
    // installers
    "*setup*.exe", "*install*.exe", "unins*.exe", "vc_redist*", "vcredist*", "dxsetup*",
    "dotnetfx*", "ndp4*", "oalinst*", "iscriptevaluator*", "msiexec.exe", "*redist*.exe",
    "physx*.exe", "*updater.exe", "*update.exe", "d3ddriverquery*", "vulkandriverquery*"};

constexpr Patterns kRunners = {
    "retroarch*",   "dolphin-emu*", "pcsx2*",   "rpcs3*",       "ppsspp*",  "mgba*",    "snes9x*",
    "mednafen*",    "yuzu*",        "suyu*",    "eden",         "ryujinx*", "citra*",   "azahar*",
    "melonds*",     "cemu*",        "xemu*",    "duckstation*", "mame",     "mame64",   "flycast*",
    "mupen64plus*", "simple64*",    "shadps4*", "vita3k*",      "fs-uae*",  "dosbox*",  "scummvm",
    "love",         "love-*",       "openmw",   "gzdoom*",      "ruffle*",  "gargoyle*"};

constexpr Patterns kTools = {
    "godot*",      "unity",         "unityhub*",    "unrealeditor*",
    "ue4editor*",  "blender*",      "renpy",        "glxgears",
    "es2gears*",   "vkcube*",       "vkgears",      "glmark2*",
    "protonup*",   "protontricks*", "winetricks*",  "winecfg*",
    "regedit.exe", "notepad*.exe",  "winefile*",    "taskmgr.exe",
    "control.exe", "gamemoded",     "gamemodelist", "gamemode-simulate-game"};

constexpr Patterns kInterpreters = {"python*", "sh",    "bash",  "dash", "zsh",
                                    "fish",    "perl*", "ruby*", "lua*", "mono*"};

bool ends_with_exe(std::string_view text) {
    constexpr std::string_view kExe = ".exe";
    if (text.size() <= kExe.size())
        return false;
    return std::ranges::equal(text.substr(text.size() - kExe.size()), kExe, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

bool is_wine(const ProcessFacts& process) {
    return is_any_of(base_name(process.executable),
                     {"wine", "wine64", "wine-preloader", "wine64-preloader", "wineloader*"});
}

// Wine shows the command line as Windows programs see it; with `wine game.exe` the loader comes
// first.
const std::string* windows_program(std::span<const std::string> arguments) {
    for (const std::string& argument : arguments.first(std::min<size_t>(arguments.size(), 3)))
        if (ends_with_exe(argument))
            return &argument;
    return nullptr;
}

// The script of an interpreter: its first argument that is no option. Shells are given one with -c,
// too, which is none.
const std::string* script(std::span<const std::string> arguments) {
    for (size_t i = 1; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "-c" || argument == "-m")
            return nullptr;
        if (!argument.starts_with('-'))
            return &argument;
    }
    return nullptr;
}

// Options of java that take the next argument.
constexpr Patterns kJavaOptionsWithValue = {"-cp",         "-classpath",    "--class-path",
                                            "-p",          "--module-path", "--add-modules",
                                            "--add-opens", "--add-exports"};

std::string java_main(std::span<const std::string> arguments) {
    for (size_t i = 1; i < arguments.size(); ++i) {
        if (is_any_of(arguments[i], kJavaOptionsWithValue))
            ++i;
        else if (!arguments[i].starts_with('-'))
            return arguments[i];
    }
    return "";
}

bool is_in_windows_folder(std::string_view path) {
    return path.size() > 11 && (path[0] == 'C' || path[0] == 'c') &&
           fnmatch("?:[\\\\/]windows[\\\\/]*", std::string(path).c_str(), FNM_CASEFOLD) == 0;
}

}  // namespace

bool is_typical_of_games(std::string_view path) {
    return path.ends_with(".x86_64") || path.ends_with(".x86") || path.ends_with("Shipping") ||
           path.ends_with(".exe") || path.contains("/steamapps/") ||
           is_in_games_folder(std::string(path));
}

bool is_in_games_folder(std::string path) {
    std::ranges::replace(path, '\\', '/');
    return std::ranges::any_of(
        std::array{"*games/*", "*/itch/apps/*", "*/gog/*"},
        [&](const char* pattern) { return fnmatch(pattern, path.c_str(), FNM_CASEFOLD) == 0; });
}

std::string base_name(std::string_view path) {
    const size_t slash = path.find_last_of("/\\");
    return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

std::string without_suffixes(std::string_view name) {
    constexpr std::array<std::string_view, 15> kSuffixes = {".exe",
                                                            ".EXE",
                                                            ".x86_64",
                                                            ".x86",
                                                            ".AppImage",
                                                            ".sh",
                                                            ".bin64",
                                                            ".bin",
                                                            "-Linux-Shipping",
                                                            "-Win64-Shipping",
                                                            "-WinGDK-Shipping",
                                                            "-LinuxNoEditor",
                                                            "_linux64",
                                                            ".jar",
                                                            ".love"};
    for (bool cut = true; cut;) {
        cut = false;
        for (const std::string_view suffix : kSuffixes)
            if (name.size() > suffix.size() && name.ends_with(suffix)) {
                name.remove_suffix(suffix.size());
                cut = true;
            }
    }
    return std::string(name);
}

Program program_of(const ProcessFacts& process) {
    Program program = {.path = process.executable, .name = base_name(process.executable)};
    if (is_wine(process)) {
        if (const std::string* found = windows_program(process.arguments))
            program = {.path = *found, .name = base_name(*found), .windows = true};
        return program;
    }
    if (is_any_of(program.name, {"java", "javaw"})) {
        program.java_main = java_main(process.arguments);
        return program;
    }
    if (is_any_of(program.name, kInterpreters)) {
        // It changes what its arguments say.
        if (process.comm.starts_with("lutris-wrapper"))
            return {.path = "lutris-wrapper", .name = "lutris-wrapper", .script = true};
        if (const std::string* found = script(process.arguments))
            program = {.path = *found, .name = base_name(*found), .script = true};
        return program;
    }
    // A file that is gone, or an AppImage's, is known by what it calls itself.
    if (program.name.empty() && !process.arguments.empty())
        program = {.path = process.arguments[0], .name = base_name(process.arguments[0])};
    return program;
}

ProgramKind kind_of(const Program& program, const ProcessFacts& process) {
    if (program.windows && is_in_windows_folder(program.path) &&
        !is_any_of(program.name, {"steam.exe", "start.exe", "cmd.exe"}))
        return ProgramKind::kHelper;
    if (is_any_of(program.path, {"*/ubuntu12_*/steamwebhelper*", "*/steamrt*/steamwebhelper*"}))
        return ProgramKind::kHelper;
    // Mounts itself, and runs what is in it.
    if (is_any_of(program.name, {"*.appimage"}))
        return ProgramKind::kWrapper;
    // A script, say, that bears another name than what it runs.
    for (const std::string& name : {program.name, process.comm}) {
        if (is_any_of(name, kHelpers))
            return ProgramKind::kHelper;
        if (is_any_of(name, kWrappers))
            return ProgramKind::kWrapper;
        if (is_any_of(name, kLaunchers))
            return ProgramKind::kLauncher;
        if (is_any_of(name, kTools))
            return ProgramKind::kTool;
        if (is_any_of(name, kRunners))
            return ProgramKind::kRunner;
    }
    // A shell with -c; one without arguments is somebody's.
    if (!program.script && is_any_of(program.name, kInterpreters) && process.arguments.size() > 1)
        return ProgramKind::kWrapper;
    return ProgramKind::kUnknown;
}

bool belongs_to_its_child(const ProcessFacts& process) {
    const Program program = program_of(process);
    const ProgramKind kind = kind_of(program, process);
    if (kind == ProgramKind::kUnknown)
        return program.script;
    if (kind != ProgramKind::kWrapper)
        return false;
    const auto end_of_options = std::ranges::find(process.arguments, "--");
    if (end_of_options == process.arguments.end() || end_of_options + 1 == process.arguments.end())
        return true;
    const Program inner = {.path = *(end_of_options + 1), .name = base_name(*(end_of_options + 1))};
    return kind_of(inner, {}) != ProgramKind::kLauncher;
}

}  // namespace gamesched

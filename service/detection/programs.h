// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Programs that are known by name: what stands around games and is none itself, and what runs games
// of many kinds. Pure.

#pragma once

#include <string>
#include <string_view>

#include "service/detection/facts.h"

namespace gamesched {

enum class ProgramKind {
    kUnknown,
    kLauncher,  // starts games, lives on beside them: Steam, Lutris, a publisher's client
    kWrapper,   // runs one game and belongs to it: pressure-vessel, proton, gamescope, a shell
                // script
    kHelper,    // is started beside or before a game: crash handlers, shader compilers, installers
    kRunner,    // plays games of other makers: emulators, engines that are installed by themselves
    kTool,      // makes games, or looks like one: editors, demos
};

// What a process really runs: the Windows program under Wine, the script of an interpreter.
struct Program {
    std::string path;       // as far as it is known; a Windows path under Wine
    std::string name;       // its last component
    bool windows = false;   // under Wine
    bool script = false;    // of a shell, Python and the like
    std::string java_main;  // main class or .jar file of a Java program
};

Program program_of(const ProcessFacts& process);

ProgramKind kind_of(const Program& program, const ProcessFacts& process);

// Whether a game that it starts has it as a part: wrappers and scripts, unless what they run starts
// games itself.
bool belongs_to_its_child(const ProcessFacts& process);

// Whether its name or its folder is one that games have.
bool is_typical_of_games(std::string_view path);

// Whether a file is in or below a folder of games.
bool is_in_games_folder(std::string path);

// The last component of a path, of either system.
std::string base_name(std::string_view path);

// A program's file name as people would call it: without .exe, .x86_64, -Linux-Shipping and the
// like.
std::string without_suffixes(std::string_view name);

}  // namespace gamesched

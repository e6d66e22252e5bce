// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Titles of Lutris's games: its games/*.yml say what a game is called and which file it is.

#pragma once

#include <optional>
#include <span>
#include <string>

#include "desktop/agent/places.h"

namespace gamesched::agent {

struct LutrisGame {
    std::string name;
    std::string file;  // the program, or what an emulator plays
};

// Nothing if the text is no such file.
std::optional<LutrisGame> read_lutris(const std::string& text);

// Whether one of the paths that a process was started with is that file: a path of ours, or one as
// Wine's programs see it, Z:\... and, in a prefix, C:\....
bool is_lutris_file(const std::string& file, std::string path);

// Empty if none of the paths is a game's.
std::string find_lutris_title(const Places& places, std::span<const std::string> paths);

}  // namespace gamesched::agent

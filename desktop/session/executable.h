// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The program that a process runs, as lists in gamemode.ini mean it: of a Windows program that
// program, not Wine.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace gamesched::session {

// Nothing if the process has gone, or belongs to somebody else. What the process calls itself where
// the kernel does not let us look at it.
std::optional<std::string> find_executable(pid_t pid);

// Whether a program of this path runs Windows programs. Pure.
bool is_wine(std::string_view executable);

// A path as Windows programs write it ("C:\game\game.exe") as a path of ours; nothing if it is
// none. `prefix`: Wine's. Pure.
std::optional<std::string> path_of_windows(std::string_view path, std::string_view prefix);

// Wine's prefix by WINEPREFIX and HOME of an environment. Pure.
std::string wine_prefix(const std::map<std::string, std::string>& environment);

}  // namespace gamesched::session

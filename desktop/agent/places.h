// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Where a user's files are.

#pragma once

#include <filesystem>

namespace gamesched::agent {

struct Places {
    std::filesystem::path home;
    std::filesystem::path data;     // $XDG_DATA_HOME
    std::filesystem::path config;   // $XDG_CONFIG_HOME
    std::filesystem::path runtime;  // $XDG_RUNTIME_DIR

    static Places of_environment();
};

// Of one folder no more files are looked at, and none that is larger.
inline constexpr size_t kMaxFiles = 4096;
inline constexpr size_t kMaxFileBytes = 256 * 1024;

}  // namespace gamesched::agent

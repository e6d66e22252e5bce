// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What gamemode.ini says, as far as a user's session can do it, and the names of what it cannot.
// Files are merged as GameMode merges them: of values the last one wins, lists grow. Pure but for
// load().

#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "desktop/session/ini.h"

namespace gamesched::session {

struct Config {
    static constexpr size_t kMaxList = 32;  // entries of each list, as in GameMode

    std::vector<std::string> whitelist;
    std::vector<std::string> blacklist;
    std::vector<std::string> supervisor_whitelist;
    std::vector<std::string> supervisor_blacklist;
    bool require_supervisor = false;

    std::vector<std::string> start_scripts;
    std::vector<std::string> end_scripts;
    std::chrono::seconds script_timeout{10};  // of each script

    bool inhibit_screensaver = true;
    int nice = 0;                   // below which a game's threads run; 0: left alone
    std::optional<int> ioprio = 0;  // level of the best-effort class; nothing: left alone

    // "[section] key", each once, in the order in which they were met.
    std::vector<std::string> left_to_system;  // governors, power, GPU, cores: gameschedd's
    std::vector<std::string> not_needed;      // done here without the setting
    std::vector<std::string> not_understood;  // no such setting, or a value that makes no sense

    bool operator==(const Config&) const = default;
};

// Adds what one file says. Where a value makes no sense the present one stays.
void merge(Config& config, const std::vector<Entry>& entries);

// Directories of gamemode.ini, the strongest last. Of the environment: null where a variable is not
// set.
std::vector<std::filesystem::path> config_directories(const char* xdg_config_home, const char* home,
                                                      const std::filesystem::path& working);

// Reads gamemode.ini in each directory that has one, none of them twice.
Config load(const std::vector<std::filesystem::path>& directories);

// What the journal says about settings that have no effect here, one line each.
std::vector<std::string> remarks(const Config& config);

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Is this a game? Pure: judges what it is given.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gamesched {

struct Launch {
    std::string app_id;
};

// A launcher's command line: Steam's "reaper SteamLaunch AppId=N -- COMMAND". Nothing if it
// launches no game.
inline std::optional<Launch> judge_launcher(const std::vector<std::string>& arguments) {
    bool verb = false;
    for (const std::string& argument : arguments) {
        if (argument == "--")
            break;
        if (argument == "SteamLaunch")
            verb = true;
        else if (verb && argument.starts_with("AppId=") && argument.size() > 6)
            return Launch{argument.substr(6)};
    }
    return std::nullopt;
}

// The last component of a path.
inline std::string base_name(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? path : path.substr(slash + 1);
}

}  // namespace gamesched

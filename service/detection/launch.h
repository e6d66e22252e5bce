// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Launchers that say which game they start. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace gamesched {

struct Launch {
    std::string app_id;
};

// A launcher's command line: Steam's "reaper SteamLaunch AppId=N -- COMMAND". Nothing if it
// launches no game, but an installer, say.
std::optional<Launch> judge_launcher(const std::vector<std::string>& arguments);

}  // namespace gamesched

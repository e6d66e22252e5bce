// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the tray knows: data only. All texts are somebody else's and may be anything that fits into
// a string of the bus.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "desktop/client/text.h"

namespace gamesched::tray {

struct GameFacts {
    std::string object;  // its path; never reused
    uint32_t pid = 0;
    uint32_t main_pid = 0;
    std::string name;
    std::string source;
    client::WallTime started;
    std::vector<std::string> evidence;  // sentences
};

struct TripFacts {
    std::string reason;
    std::string action;
    client::WallTime at;
};

// As the interfaces Manager, Scheduler and Game say it.
struct Facts {
    bool reachable = false;
    bool active = false;
    std::string mode;
    std::string profile;
    std::vector<std::string> profiles;
    std::vector<GameFacts> games;  // the oldest first
    std::string scheduler;         // its state
    std::string reason;
    uint32_t trips = 0;
    std::optional<TripFacts> last_trip;  // seen since the tray started
};

// What is the user's and the session's.
struct Preferences {
    bool notify_games = false;
    bool has_terminal = false;
};

}  // namespace gamesched::tray

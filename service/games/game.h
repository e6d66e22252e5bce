// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// One running game. See org.gamesched1.Game for what the members mean to others.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "service/base/fd.h"
#include "service/base/loop.h"

namespace gamesched {

enum class Scope { kProcess, kTree };

// Who says that it is a game: a client, a client on behalf of GameMode's protocol, or the detector.
enum class GameSource { kRegistered, kGameMode, kDetected };

// As on the bus.
inline const char* to_string(GameSource source) {
    switch (source) {
        case GameSource::kRegistered:
            return "registered";
        case GameSource::kGameMode:
            return "gamemode";
        case GameSource::kDetected:
            return "detected";
    }
    return "";
}

// The one of them that is called so.
template <typename Enum>
std::optional<Enum> find_named(std::string_view text, std::initializer_list<Enum> all) {
    for (const Enum one : all)
        if (text == to_string(one))
            return one;
    return std::nullopt;
}

inline std::optional<GameSource> parse_game_source(std::string_view text) {
    return find_named(text,
                      {GameSource::kRegistered, GameSource::kGameMode, GameSource::kDetected});
}

// Where a game's name comes from; the later ones replace the earlier ones and not the other way
// round.
enum class NameSource { kFound, kTitle, kRule, kRegistered };

// As on the bus.
inline const char* to_string(NameSource source) {
    switch (source) {
        case NameSource::kFound:
            return "found";
        case NameSource::kTitle:
            return "title";
        case NameSource::kRule:
            return "rule";
        case NameSource::kRegistered:
            return "registered";
    }
    return "";
}

inline std::optional<NameSource> parse_name_source(std::string_view text) {
    return find_named(
        text, {NameSource::kFound, NameSource::kTitle, NameSource::kRule, NameSource::kRegistered});
}

struct Game {
    uint64_t id = 0;
    pid_t pid = 0;
    pid_t main_pid = 0;       // the game itself, as far as known; 0: pid
    uint64_t start_time = 0;  // of the process, in clock ticks; 0: not known
    uid_t user = 0;
    std::string name;
    std::string app_id;
    std::string executable;
    GameSource source = GameSource::kRegistered;
    NameSource name_source = NameSource::kFound;
    std::string profile;  // empty: it names none
    Scope scope = Scope::kProcess;
    uint64_t tree = 0;                              // in the kernel; 0 without process events
    std::chrono::microseconds started{};            // CLOCK_REALTIME
    std::chrono::microseconds started_monotonic{};  // CLOCK_MONOTONIC
    Fd pidfd;  // absent if the process was gone before we could open it
    Source exited;
};

struct GameEnd {
    bool unregistered = false;
    std::chrono::microseconds at{};  // CLOCK_MONOTONIC
};

}  // namespace gamesched

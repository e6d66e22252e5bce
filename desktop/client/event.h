// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched events` prints: signals of the bus as lines of text or JSON. Pure.

#pragma once

#include "desktop/client/json.h"
#include "desktop/client/snapshot.h"
#include "desktop/client/text.h"

#include <cstdint>
#include <string>
#include <vector>

namespace gamesched::client {

struct Event {
    std::string kind;     // e.g. "GameStarted"
    std::string details;  // for people, printable
    Json members;         // for programs
};

Event game_started(const std::string& object, std::uint32_t pid, const std::string& name,
                   const std::string& app_id, const std::string& source);

// `now`: CLOCK_MONOTONIC when the signal arrived; the latency is what has passed since the game's
// end.
Event game_exited(const std::string& object, std::uint32_t pid, const std::string& name,
                  const Options& summary, Usec now);

Event watchdog_tripped(const std::string& kind, const std::string& reason,
                       std::uint64_t stalled_usec, const std::string& action);

// PropertiesChanged of Manager: Active, Mode, Profile and Holds, one event each.
std::vector<Event> manager_changed(const Properties& changed);

// PropertiesChanged of Scheduler: one event if State, Reason or Name are among them.
std::vector<Event> scheduler_changed(const Properties& changed);

Event presence_changed(bool present);

// "14:03:22.123  GameStarted       DETAILS"
std::string event_line(const Event& event, WallTime time);

// {"Time":"2026-01-31T14:03:22.123+01:00","Event":"GameStarted",…}
std::string event_json(const Event& event, WallTime time);

}  // namespace gamesched::client

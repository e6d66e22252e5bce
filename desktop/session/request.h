// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Who asks for what: which of two PIDs is the game, and what the lists of the configuration say to
// it. Return codes of the protocol stand here. Pure.

#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "desktop/session/config.h"

namespace gamesched::session {

// Of all methods that return a code; -1 and -2 are what libgamemode's callers see.
inline constexpr int kDone = 0;
inline constexpr int kFailed = -1;
inline constexpr int kRejected = -2;
// Of QueryStatus.
inline constexpr int kInactive = 0;
inline constexpr int kActive = 1;
inline constexpr int kRegistered = 2;
// Of RestartGamemode.
inline constexpr int kWasOff = 1;

struct Parties {
    pid_t game = 0;
    pid_t requester = 0;

    bool operator==(const Parties&) const = default;
};

// GameMode's daemon reads the arguments of its ...ByPID methods as (caller, game), its own library
// has sent (game, requester) since 2019. The sender's own PID decides, where it is one of the two:
// it is the requester. A sender of 0 is unknown.
Parties parties_of(pid_t first, pid_t second, pid_t sender);

// Whether `executable` may be a game: in the whitelist if there is one, not in the blacklist.
// Entries match as parts.
bool is_allowed_game(const Config& config, const std::string& executable);

// What to answer to a request because of who makes it; kDone if nothing speaks against it.
// `executable`: of the requester, nothing if it cannot be read.
int judge_requester(const Config& config, const Parties& parties,
                    const std::optional<std::string>& executable);

// The same where something changes: only supervisors may, if the configuration says so.
int judge_change(const Config& config, const Parties& parties,
                 const std::optional<std::string>& executable);

int status_code(bool active, bool registered);

}  // namespace gamesched::session

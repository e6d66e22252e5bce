// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// One running game. See org.gamesched1.Game for what the members mean to others.

#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "service/base/fd.h"
#include "service/base/loop.h"

namespace gamesched {

enum class Scope { kProcess, kTree };

struct Game {
    uint64_t id = 0;
    pid_t pid = 0;
    pid_t main_pid = 0;       // the game itself, as far as known; 0: pid
    uint64_t start_time = 0;  // of the process, in clock ticks; 0: not known
    uid_t user = 0;
    std::string name;
    std::string app_id;
    std::string executable;
    bool detected = false;
    bool name_given = false;  // by a client; otherwise it follows exec
    std::string profile;      // empty: it names none
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

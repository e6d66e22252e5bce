// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What is known about a process when it is asked whether it is a game. Data only, all of it its
// owner's and not to be trusted: names may be anything.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gamesched {

struct ProcessFacts {
    pid_t pid = 0;
    // In clock ticks since boot; all of this is of the process that began then.
    uint64_t start_time = 0;
    uid_t user = 0;
    std::string comm;
    std::string executable;              // the file that runs; an interpreter's for scripts
    std::vector<std::string> arguments;  // the first is its name for itself
    std::string steam_app_id;            // SteamAppId of its environment
    std::string cgroup;                  // its path
    bool gpu = false;                    // it has opened a GPU's render node
    uint32_t threads = 0;
    uint64_t memory_mib = 0;  // resident
};

// Whom to judge, and where it comes from.
struct Candidate {
    ProcessFacts self;
    bool is_seated = true;                // its user sits at this machine, or need not
    std::vector<ProcessFacts> ancestors;  // the nearest first, without the first process (PID 1)
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A process as the kernel shows it: pidfds and /proc. Whatever comes from /proc is data of its
// owner, not to be trusted.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "service/base/error.h"
#include "service/base/fd.h"

namespace gamesched {

// kNoSuchProcess when there is none, kInvalidArgument for a PID that cannot be one.
Result<Fd> open_pidfd(uint32_t pid);

// PID of a pidfd in our namespace. kInvalidArgument if `fd` is not a pidfd, kNoSuchProcess when the
// process is gone.
Result<pid_t> pid_of_pidfd(int fd);

// True when all threads of the process have exited.
bool has_exited(int pidfd);

// Real uid. The pidfd decides: /proc is read between two looks at it, so a reused PID is noticed.
Result<uid_t> owner_of(int pidfd);

// Empty when it cannot be read.
std::string executable_of(pid_t pid);
std::string comm_of(pid_t pid);
std::vector<std::string> arguments_of(pid_t pid);
std::optional<pid_t> parent_of(pid_t pid);
// The process that a thread belongs to.
std::optional<pid_t> process_of(pid_t thread);
// In clock ticks since boot; tells two processes of the same PID apart.
std::optional<uint64_t> start_time_of(pid_t pid);

struct ProcessStatus {
    uid_t user = 0;  // real
    uint32_t threads = 0;
    uint64_t memory_mib = 0;  // resident
};
std::optional<ProcessStatus> status_of(pid_t pid);

// Path of its control group (v2); empty if it cannot be read.
std::string cgroup_of(pid_t pid);

// Those of `names` that its environment had when it called exec. For its owner only.
std::map<std::string, std::string> environment_of(pid_t pid, std::span<const char* const> names);

// PIDs of all processes, in the kernel's order.
std::vector<pid_t> all_processes();

// For display: valid UTF-8 without control characters, at most `limit` bytes.
std::string printable(std::string_view text, size_t limit);

}  // namespace gamesched

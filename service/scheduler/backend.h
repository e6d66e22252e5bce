// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The seam between the scheduler host, which decides, and the kernel, which does. Tests of the host
// put a scripted backend here; what the kernel does is tested on kernels.

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "bpf/intf.h"
#include "service/base/error.h"
#include "service/scheduler/exit_record.h"
#include "service/scheduler/kernel.h"
#include "service/stats/counters.h"

namespace gamesched {

// What the scheduler knows about one thread.
struct ThreadFacts {
    gs_thread thread = {};
    bool realtime = false;  // another scheduling class runs it, before all of ours
    uint64_t tree = 0;      // the game tree that it belongs to; 0: none
    uint64_t now_ns = 0;    // the scheduler's clock, by which the times of `thread` are
};

// Processes that serve the session, by name (at most 15 bytes count).
struct SessionNames {
    std::vector<std::string> compositors;
    std::vector<std::string> audio;
};

class SchedulerBackend {
  public:
    virtual ~SchedulerBackend() = default;

    virtual const KernelSupport& support() const = 0;
    virtual SchedExtStatus status() const = 0;

    // Loads and attaches; success does not yet mean that it lives: its exit record may already have
    // been written, so deliver_events() must follow. Returns the instance's number.
    virtual Result<uint64_t> attach(const gs_tunables& tunables) = 0;
    // Returns when the kernel's own scheduler is back. Without an attached instance nothing
    // happens.
    virtual void detach() = 0;
    // Detaches, and takes the programs out of the kernel, which takes long on a busy machine.
    virtual void unload() = 0;
    // Hands over what the kernel has recorded so far (SchedulerHost::on_exit) before it returns.
    virtual void deliver_events() = 0;
    // What the kernel said of CPUs and tasks when it ejected the instance, once its exit record has
    // come and until unload(): printable lines. Empty if it said nothing.
    virtual std::string dump() const = 0;

    virtual void set_tunables(const gs_tunables& tunables) = 0;
    // The game tree that goes before other games'; 0: all are equal. Also for later attachments.
    virtual void set_focus(uint64_t tree) = 0;
    // The trees whose times are kept apart, as many of the first as there is room for. Also for
    // later attachments.
    virtual void set_games(std::vector<uint64_t> trees) = 0;
    // Nothing while detached.
    virtual std::optional<SchedulerCounters> counters() const = 0;
    // kNotAttached; kLimitReached: there was no room for this tree.
    virtual Result<GameTimes> game_times(uint64_t tree) const = 0;
    // Of the game with this tree. Looks at all tasks of the machine. kNotAttached.
    virtual Result<ThreadsByRole> count_threads(uint64_t tree) const = 0;
    // kNotAttached, kNoSuchProcess.
    virtual Result<ThreadFacts> thread(pid_t tid) const = 0;
};

}  // namespace gamesched

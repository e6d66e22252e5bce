// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What this kernel can do, found out by looking: sysfs and BTF. Nothing is loaded here.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

namespace gamesched {

// Present, or the reason why not.
using Features = std::map<std::string, std::variant<bool, std::string>>;

struct KernelSupport {
    std::string
        unsupported;    // empty: the scheduler can run; otherwise the sentence that says why not
    Features features;  // of the scheduler
    bool has_reenqueue_anywhere = false;
    bool has_input_event = false;  // the function input_event
    bool has_fence_event = false;  // the tracepoint dma_fence_init
    bool has_groups = false;       // sched_ext_ops.cgroup_init and its like
    uint64_t ops_flags = 0;        // struct sched_ext_ops.flags that this kernel knows and we want
};

// Never fails: what cannot be found out is missing.
KernelSupport probe_kernel();

// /sys/kernel/sched_ext now.
struct SchedExtStatus {
    bool present = false;
    std::string state;  // "disabled", "enabling", "enabled", "disabling"
    std::string ops;    // name of the attached scheduler; empty if none
};

SchedExtStatus read_sched_ext();

// Incremented by the kernel at each CPU hotplug; a scheduler that was loaded for an older number is
// refused.
uint64_t read_hotplug_seq();

}  // namespace gamesched

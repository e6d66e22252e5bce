// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Where each CPU is and how fast it is, from sysfs, as of the moment of reading. The service
// attaches again when a CPU comes or goes, so the scheduler's picture is that of the online CPUs.
//
// Nothing is guessed: CPUs whose cache is not known form one domain, a CPU whose siblings are not
// known is a core of its own, one whose node is not known is on the first, and where the speed of
// one online CPU is not known all are alike.
//
// The kernel tells nothing about offline CPUs, and nothing runs there. They are in domain 0: one of
// their own would be a queue that everybody looks at and nobody fills. Firmware announces CPUs that
// the machine never has, so this is common.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "bpf/intf.h"

namespace gamesched {

struct Topology {
    uint32_t nr_cpus = 1;  // highest possible CPU number + 1
    uint32_t nr_nodes = 1;
    bool has_smt = false;
    std::vector<gs_place> places;  // of each possible CPU

    // One for each domain. Online CPUs only: slices are as long as the CPUs that share the waiting
    // tasks allow, and one that takes no part would make others wait beyond their bound.
    std::vector<uint32_t> cpus_of_llc;
    std::vector<uint32_t> node_of_llc;

    // Empty unless the machine is hybrid: some CPU has less than 80 % of the fastest one's
    // capacity. Then all online CPUs with at least 80 %, in the order of gs_config.fast.
    std::vector<uint32_t> fast;
};

// `sysfs` is the mount point, /sys except in tests.
Topology read_topology(const std::filesystem::path& sysfs = "/sys");

// "0-3,8" → {0, 1, 2, 3, 8}. What cannot be read is left out.
std::vector<uint32_t> parse_cpu_list(std::string_view text);

}  // namespace gamesched

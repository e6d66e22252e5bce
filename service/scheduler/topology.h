// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which CPUs share a last-level cache, from sysfs. Nothing is guessed: a CPU whose cache is not
// known forms a domain with all others of which nothing is known.

#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gamesched {

struct Topology {
    uint32_t nr_cpus = 0;               // highest possible CPU number + 1
    std::vector<uint32_t> llc_of_cpu;   // dense numbers from 0
    std::vector<uint32_t> cpus_of_llc;  // how many CPUs each has
};

// `sysfs` is the mount point, /sys except in tests.
Topology read_topology(const std::filesystem::path& sysfs = "/sys");

// "0-3,8" → {0, 1, 2, 3, 8}. What cannot be read is left out.
std::vector<uint32_t> parse_cpu_list(std::string_view text);

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/topology.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <fstream>
#include <map>
#include <string>

#include "bpf/intf.h"

namespace gamesched {
namespace {

std::string first_line(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// The CPUs that share the highest-level cache with `cpu`, as the kernel writes them; empty if it
// does not say.
std::string llc_siblings(const std::filesystem::path& sysfs, uint32_t cpu) {
    const auto base = sysfs / std::format("devices/system/cpu/cpu{}/cache", cpu);
    std::string siblings;
    int highest = 0;
    for (int index = 0; std::filesystem::exists(base / std::format("index{}", index)); ++index) {
        const auto cache = base / std::format("index{}", index);
        const int level = std::atoi(first_line(cache / "level").c_str());
        if (level > highest) {
            highest = level;
            siblings = first_line(cache / "shared_cpu_list");
        }
    }
    return siblings;
}

}  // namespace

std::vector<uint32_t> parse_cpu_list(std::string_view text) {
    std::vector<uint32_t> cpus;
    while (!text.empty()) {
        const size_t comma = std::min(text.find(','), text.size());
        const std::string_view range = text.substr(0, comma);
        text.remove_prefix(std::min(comma + 1, text.size()));
        uint32_t first = 0;
        auto [stop, error] = std::from_chars(range.data(), range.data() + range.size(), first);
        if (error != std::errc())
            continue;
        uint32_t last = first;
        if (stop != range.data() + range.size() && *stop == '-')
            std::from_chars(stop + 1, range.data() + range.size(), last);
        for (uint32_t cpu = first; cpu <= last && cpu < GS_MAX_CPUS; ++cpu)
            cpus.push_back(cpu);
    }
    return cpus;
}

Topology read_topology(const std::filesystem::path& sysfs) {
    Topology topology;
    const auto cpus = parse_cpu_list(first_line(sysfs / "devices/system/cpu/possible"));
    topology.nr_cpus = cpus.empty() ? 1 : *std::ranges::max_element(cpus) + 1;
    topology.llc_of_cpu.resize(topology.nr_cpus, 0);
    std::map<std::string, uint32_t> domains;
    for (const uint32_t cpu : cpus) {
        const auto [domain, added] = domains.try_emplace(
            llc_siblings(sysfs, cpu), static_cast<uint32_t>(domains.size() % GS_MAX_LLCS));
        topology.llc_of_cpu[cpu] = domain->second;
        if (topology.cpus_of_llc.size() <= domain->second)
            topology.cpus_of_llc.resize(domain->second + 1, 0);
        ++topology.cpus_of_llc[domain->second];
    }
    if (topology.cpus_of_llc.empty())
        topology.cpus_of_llc = {1};
    return topology;
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/topology.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <map>
#include <optional>
#include <ranges>
#include <set>
#include <string>
#include <tuple>

#include "bpf/deadline.h"
#include "service/base/file.h"

namespace gamesched {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kFastest = GS_PERFORMANCE_FULL;

// Intel's E-cores have at most this, whatever their clock says: they do less in a cycle.
constexpr uint32_t kMostOfAtom = 700;

std::vector<uint32_t> cpus_in(const fs::path& path) {
    return parse_cpu_list(read_attribute(path).value_or(""));
}

fs::path cpu_directory(const fs::path& sysfs, uint32_t cpu) {
    return sysfs / std::format("devices/system/cpu/cpu{}", cpu);
}

// The CPUs that share the highest-level cache with `cpu`, as the kernel writes them; empty if it
// does not say.
std::string llc_siblings(const fs::path& sysfs, uint32_t cpu) {
    const auto base = cpu_directory(sysfs, cpu) / "cache";
    std::string siblings;
    int highest = 0;
    for (int index = 0; fs::exists(base / std::format("index{}", index)); ++index) {
        const auto cache = base / std::format("index{}", index);
        const int level = std::atoi(read_attribute(cache / "level").value_or("").c_str());
        if (level > highest) {
            highest = level;
            siblings = read_attribute(cache / "shared_cpu_list").value_or("");
        }
    }
    return siblings;
}

// core_cpus_list is the name since 5.3; the old one is still there on 7.x, but deprecated.
uint32_t core_of(const fs::path& sysfs, uint32_t cpu) {
    for (const char* name : {"topology/core_cpus_list", "topology/thread_siblings_list"}) {
        const auto siblings = cpus_in(cpu_directory(sysfs, cpu) / name);
        if (std::ranges::contains(siblings, cpu))
            return *std::ranges::min_element(siblings);
    }
    return cpu;
}

// CPU → dense number of its node. Nodes that have memory only do not count.
std::map<uint32_t, uint32_t> read_nodes(const fs::path& sysfs) {
    std::map<uint32_t, std::vector<uint32_t>> cpus_of_node;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(sysfs / "devices/system/node", error)) {
        const std::string name = entry.path().filename();
        uint32_t number = 0;
        if (!name.starts_with("node") ||
            std::from_chars(name.data() + 4, name.data() + name.size(), number).ec != std::errc())
            continue;
        if (auto cpus = cpus_in(entry.path() / "cpulist"); !cpus.empty())
            cpus_of_node[number] = std::move(cpus);
    }
    std::map<uint32_t, uint32_t> nodes;
    uint32_t dense = 0;
    for (const auto& [number, cpus] : cpus_of_node) {
        for (const uint32_t cpu : cpus)
            nodes[cpu] = dense;
        ++dense;
    }
    return nodes;
}

// ------------------------------------------------------------------ capacities

// Of the online CPUs, in any unit.
using Capacities = std::map<uint32_t, uint64_t>;

// The number that each online CPU has in a file of its directory; nothing unless all have one.
std::optional<Capacities> number_of_each(const fs::path& sysfs, const std::set<uint32_t>& online,
                                         const char* name) {
    Capacities numbers;
    for (const uint32_t cpu : online) {
        const std::string text = read_attribute(cpu_directory(sysfs, cpu) / name).value_or("");
        uint64_t number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        if (number == 0)
            return std::nullopt;
        numbers[cpu] = number;
    }
    return numbers;
}

uint64_t largest(const Capacities& capacities) {
    return std::ranges::max(capacities | std::views::values);
}

uint64_t smallest(const Capacities& capacities) {
    return std::ranges::min(capacities | std::views::values);
}

// x86 has this file on new kernels, but says 1024 everywhere if it does not know better, which
// includes hybrid machines with SMT: only differences mean something.
std::optional<Capacities> from_scheduler(const fs::path& sysfs, const std::set<uint32_t>& online) {
    const auto capacities = number_of_each(sysfs, online, "cpu_capacity");
    if (!capacities || smallest(*capacities) == largest(*capacities))
        return std::nullopt;
    return capacities;
}

std::optional<Capacities> from_frequency(const fs::path& sysfs, const std::set<uint32_t>& online) {
    return number_of_each(sysfs, online, "cpufreq/cpuinfo_max_freq");
}

// Intel has a PMU for each kind of core. The lists have online CPUs only.
std::optional<Capacities> from_kind(const fs::path& sysfs, const std::set<uint32_t>& online) {
    const auto frequencies = from_frequency(sysfs, online);
    Capacities capacities;
    for (const uint32_t cpu : cpus_in(sysfs / "devices/cpu_core/cpus"))
        capacities[cpu] = kFastest;
    if (capacities.empty())
        return std::nullopt;
    for (const char* kind : {"cpu_atom", "cpu_lowpower"}) {
        for (const uint32_t cpu : cpus_in(sysfs / "devices" / kind / "cpus")) {
            const uint64_t by_clock = frequencies && frequencies->contains(cpu)
                                          ? kFastest * frequencies->at(cpu) / largest(*frequencies)
                                          : kMostOfAtom;
            capacities[cpu] = std::min<uint64_t>(by_clock, kMostOfAtom);
        }
    }
    const auto is_known = [&](uint32_t cpu) { return capacities.contains(cpu); };
    return std::ranges::all_of(online, is_known) ? std::optional(capacities) : std::nullopt;
}

void set_capacities(Topology& topology, const fs::path& sysfs, const std::set<uint32_t>& online) {
    const auto capacities = from_scheduler(sysfs, online)
                                .or_else([&] { return from_kind(sysfs, online); })
                                .or_else([&] { return from_frequency(sysfs, online); });
    if (!capacities)
        return;
    for (const uint32_t cpu : online)
        topology.places[cpu].capacity =
            static_cast<uint32_t>(kFastest * capacities->at(cpu) / largest(*capacities));
}

// ------------------------------------------------------------------ derived

// One CPU of each core goes before all siblings, and only then the faster before the slower: a
// whole core with 80 % of the capacity does more for a thread than half of the fastest one, and a
// thread that moves to a sibling slows down the one that is there.
std::vector<uint32_t> fast_in_order(const Topology& topology, const std::set<uint32_t>& online) {
    std::vector<std::tuple<uint32_t, uint32_t, uint32_t>> order;  // rank, missing capacity, CPU
    std::map<uint32_t, uint32_t> seen_of_core;
    for (const uint32_t cpu : online) {
        const gs_place& place = topology.places[cpu];
        if (gs_is_fast(place.capacity))
            order.emplace_back(seen_of_core[place.core]++, kFastest - place.capacity, cpu);
    }
    if (order.size() == online.size())
        return {};
    std::ranges::sort(order);
    order.resize(std::min<size_t>(order.size(), GS_MAX_FAST));
    std::vector<uint32_t> fast;
    for (const auto& [rank, missing, cpu] : order)
        fast.push_back(cpu);
    return fast;
}

// The possible CPUs that are online; all of them where the kernel does not say.
std::set<uint32_t> online_of(const fs::path& sysfs, const std::vector<uint32_t>& possible) {
    const auto online = cpus_in(sysfs / "devices/system/cpu/online");
    std::set<uint32_t> both;
    for (const uint32_t cpu : possible)
        if (online.empty() || std::ranges::contains(online, cpu))
            both.insert(cpu);
    return both;
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

Topology read_topology(const fs::path& sysfs) {
    Topology topology;
    auto possible = cpus_in(sysfs / "devices/system/cpu/possible");
    if (possible.empty())
        possible = {0};
    const auto online = online_of(sysfs, possible);
    topology.nr_cpus = std::ranges::max(possible) + 1;
    for (uint32_t cpu = 0; cpu < topology.nr_cpus; ++cpu)
        topology.places.push_back({.llc = 0, .node = 0, .core = cpu, .capacity = kFastest});

    const auto nodes = read_nodes(sysfs);
    std::map<std::string, uint32_t> domains;
    std::set<uint32_t> cores;
    for (const uint32_t cpu : online) {
        gs_place& place = topology.places[cpu];
        place.core = core_of(sysfs, cpu);
        if (!cores.insert(place.core).second)
            topology.has_smt = true;
        if (const auto node = nodes.find(cpu); node != nodes.end())
            place.node = node->second;
        topology.nr_nodes = std::max(topology.nr_nodes, place.node + 1);
        place.llc = domains
                        .try_emplace(llc_siblings(sysfs, cpu),
                                     static_cast<uint32_t>(domains.size() % GS_MAX_LLCS))
                        .first->second;
        if (topology.cpus_of_llc.size() <= place.llc) {
            topology.cpus_of_llc.push_back(0);
            topology.node_of_llc.push_back(place.node);
        }
        ++topology.cpus_of_llc[place.llc];
    }
    set_capacities(topology, sysfs, online);
    topology.fast = fast_in_order(topology, online);
    return topology;
}

}  // namespace gamesched

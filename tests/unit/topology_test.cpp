// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/topology.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <format>
#include <fstream>
#include <string>

namespace gamesched {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<uint32_t>;

TEST(CpuList, IsReadAsTheKernelWritesIt) {
    EXPECT_EQ(parse_cpu_list("0-2,8"), (Numbers{0, 1, 2, 8}));
    EXPECT_EQ(parse_cpu_list("5"), Numbers{5});
    EXPECT_TRUE(parse_cpu_list("").empty());
    EXPECT_TRUE(parse_cpu_list("x").empty());
}

// A sysfs of the test's own making.
struct TopologyTest : testing::Test {
    const fs::path root = fs::temp_directory_path() / std::format("gamesched-sysfs-{}", getpid());

    void SetUp() override { fs::remove_all(root); }
    void TearDown() override { fs::remove_all(root); }

    Topology read() const { return read_topology(root); }

    template <typename Value>
    void write(const std::string& path, const Value& value) {
        fs::create_directories((root / "devices" / path).parent_path());
        std::ofstream(root / "devices" / path) << value << '\n';
    }
    template <typename Value>
    void write_of(uint32_t cpu, const std::string& path, const Value& value) {
        write(std::format("system/cpu/cpu{}/{}", cpu, path), value);
    }
    void cpus(std::string_view possible, std::string_view online) {
        write("system/cpu/possible", possible);
        write("system/cpu/online", online);
    }
    // As on real machines: caches of its own below the one that is shared.
    void last_level(uint32_t cpu, std::string_view shared) {
        write_of(cpu, "cache/index0/level", 1);
        write_of(cpu, "cache/index0/shared_cpu_list", cpu);
        write_of(cpu, "cache/index1/level", 3);
        write_of(cpu, "cache/index1/shared_cpu_list", shared);
    }
    void core(uint32_t cpu, std::string_view siblings) {
        write_of(cpu, "topology/core_cpus_list", siblings);
        write_of(cpu, "topology/thread_siblings_list", siblings);
    }
    // One cache and cores of one CPU each.
    void flat(uint32_t nr) {
        const std::string all = std::format("0-{}", nr - 1);
        cpus(all, all);
        for (uint32_t cpu = 0; cpu < nr; ++cpu) {
            last_level(cpu, all);
            core(cpu, std::to_string(cpu));
        }
    }
    void max_frequency(uint32_t cpu, uint32_t khz) {
        write_of(cpu, "cpufreq/cpuinfo_max_freq", khz);
    }
    // Two P-cores of two threads, 0 to 3, and four E-cores, 4 to 7.
    void intel_hybrid() {
        flat(8);
        for (const uint32_t cpu : {0u, 1u})
            core(cpu, "0-1");
        for (const uint32_t cpu : {2u, 3u})
            core(cpu, "2-3");
        write("cpu_core/cpus", "0-3");
        write("cpu_atom/cpus", "4-7");
    }
};

Numbers each(const Topology& topology, uint32_t gs_place::* what) {
    Numbers numbers;
    std::ranges::transform(topology.places, std::back_inserter(numbers),
                           [&](const gs_place& place) { return place.*what; });
    return numbers;
}

TEST_F(TopologyTest, AFlatMachineIsOneDomainOfEqualCores) {
    flat(2);
    const Topology topology = read();
    EXPECT_EQ(topology.nr_cpus, 2u);
    EXPECT_EQ(topology.nr_nodes, 1u);
    EXPECT_FALSE(topology.has_smt);
    EXPECT_EQ(each(topology, &gs_place::llc), (Numbers{0, 0}));
    EXPECT_EQ(each(topology, &gs_place::node), (Numbers{0, 0}));
    EXPECT_EQ(each(topology, &gs_place::core), (Numbers{0, 1}));
    EXPECT_EQ(each(topology, &gs_place::capacity), (Numbers{1024, 1024}));
    EXPECT_EQ(topology.cpus_of_llc, Numbers{2});
    EXPECT_EQ(topology.node_of_llc, Numbers{0});
    EXPECT_TRUE(topology.fast.empty());
}

// Four cores of two threads whose numbers are four apart, two of them on each cache.
TEST_F(TopologyTest, TheHighestCacheLevelMakesADomainAndSiblingsACore) {
    cpus("0-7", "0-7");
    for (uint32_t cpu = 0; cpu < 8; ++cpu) {
        last_level(cpu, cpu % 4 < 2 ? "0-1,4-5" : "2-3,6-7");
        core(cpu, std::format("{},{}", cpu % 4, cpu % 4 + 4));
    }
    const Topology topology = read();
    EXPECT_TRUE(topology.has_smt);
    EXPECT_EQ(each(topology, &gs_place::llc), (Numbers{0, 0, 1, 1, 0, 0, 1, 1}));
    EXPECT_EQ(each(topology, &gs_place::core), (Numbers{0, 1, 2, 3, 0, 1, 2, 3}));
    EXPECT_EQ(topology.cpus_of_llc, (Numbers{4, 4}));
}

TEST_F(TopologyTest, KernelsBefore53CallTheSiblingsOtherwise) {
    cpus("0-1", "0-1");
    for (const uint32_t cpu : {0u, 1u})
        write_of(cpu, "topology/thread_siblings_list", "0-1");
    EXPECT_TRUE(read().has_smt);
}

// Node 1 has memory only.
TEST_F(TopologyTest, NodesAreNumberedWithoutGaps) {
    flat(4);
    for (uint32_t cpu = 0; cpu < 4; ++cpu)
        last_level(cpu, cpu < 2 ? "0-1" : "2-3");
    write("system/node/node0/cpulist", "2-3");
    write("system/node/node1/cpulist", "");
    write("system/node/node10/cpulist", "0-1");
    write("system/node/possible", "0-10");
    const Topology topology = read();
    EXPECT_EQ(topology.nr_nodes, 2u);
    EXPECT_EQ(each(topology, &gs_place::node), (Numbers{1, 1, 0, 0}));
    EXPECT_EQ(topology.node_of_llc, (Numbers{1, 0}));
}

TEST_F(TopologyTest, IntelsKindsOfCoreTellSpeed) {
    intel_hybrid();
    const Topology topology = read();
    EXPECT_EQ(each(topology, &gs_place::capacity),
              (Numbers{1024, 1024, 1024, 1024, 700, 700, 700, 700}));
    EXPECT_EQ(topology.fast, (Numbers{0, 2, 1, 3}));
}

// What new kernels on such a machine write while it has SMT.
TEST_F(TopologyTest, EqualCapacitiesDoNotHideIntelsKinds) {
    intel_hybrid();
    for (uint32_t cpu = 0; cpu < 8; ++cpu)
        write_of(cpu, "cpu_capacity", 1024);
    EXPECT_EQ(read().fast, (Numbers{0, 2, 1, 3}));
}

TEST_F(TopologyTest, TheClockOfAnECoreCountsOnlyAgainstIt) {
    intel_hybrid();
    write("cpu_atom/cpus", "4-5");
    write("cpu_lowpower/cpus", "6-7");
    for (uint32_t cpu = 0; cpu < 8; ++cpu)
        max_frequency(cpu, cpu < 4 ? 5'000'000 : cpu < 6 ? 4'500'000 : 2'500'000);
    EXPECT_EQ(each(read(), &gs_place::capacity),
              (Numbers{1024, 1024, 1024, 1024, 700, 700, 512, 512}));
}

TEST_F(TopologyTest, ACpuOfNoKindMakesTheKindsWorthless) {
    intel_hybrid();
    write("cpu_atom/cpus", "4-6");
    EXPECT_EQ(each(read(), &gs_place::capacity), Numbers(8, 1024));
}

TEST_F(TopologyTest, TheSchedulersCapacitiesComeBeforeAllElse) {
    intel_hybrid();
    for (uint32_t cpu = 0; cpu < 8; ++cpu) {
        write_of(cpu, "cpu_capacity", cpu < 4 ? 250 : cpu < 7 ? 430 : 500);
        max_frequency(cpu, 2'000'000);
    }
    const Topology topology = read();
    EXPECT_EQ(each(topology, &gs_place::capacity),
              (Numbers{512, 512, 512, 512, 880, 880, 880, 1024}));
    EXPECT_EQ(topology.fast, (Numbers{7, 4, 5, 6})) << "the fastest first";
}

// 80 % of 1024 are 819.2.
TEST_F(TopologyTest, EightyPercentIsFast) {
    flat(3);
    for (const uint32_t cpu : {0u, 1u, 2u})
        write_of(cpu, "cpu_capacity", Numbers{1024, 820, 819}[cpu]);
    EXPECT_EQ(read().fast, (Numbers{0, 1}));
}

TEST_F(TopologyTest, AWholeCoreGoesBeforeTheSiblingOfAFasterOne) {
    intel_hybrid();
    for (uint32_t cpu = 0; cpu < 8; ++cpu)
        write_of(cpu, "cpu_capacity", cpu < 2 ? 900 : cpu < 4 ? 1024 : 300);
    EXPECT_EQ(read().fast, (Numbers{2, 0, 3, 1}));
}

TEST_F(TopologyTest, CoresThatDifferByAFewPerCentAreOfOneKind) {
    flat(4);
    for (const uint32_t cpu : {0u, 1u, 2u, 3u})
        max_frequency(cpu, Numbers{5'750'000, 5'600'000, 5'450'000, 5'300'000}[cpu]);
    const Topology topology = read();
    EXPECT_EQ(each(topology, &gs_place::capacity), (Numbers{1024, 997, 970, 943}));
    EXPECT_TRUE(topology.fast.empty());
}

// A big and a compact core of AMD's are of two kinds, which only the clock tells.
TEST_F(TopologyTest, ClocksThatDifferMuchMakeAMachineHybrid) {
    flat(2);
    max_frequency(0, 3'300'000);
    max_frequency(1, 5'100'000);
    EXPECT_EQ(read().fast, Numbers{1});
}

TEST_F(TopologyTest, OneUnknownSpeedMakesAllAlike) {
    flat(3);
    write_of(0, "cpu_capacity", 1024);
    write_of(1, "cpu_capacity", 400);
    max_frequency(0, 4'000'000);
    max_frequency(1, 2'000'000);
    write_of(2, "cpufreq/cpuinfo_max_freq", "<unknown>");
    const Topology topology = read();
    EXPECT_EQ(each(topology, &gs_place::capacity), (Numbers{1024, 1024, 1024}));
    EXPECT_TRUE(topology.fast.empty());
}

TEST_F(TopologyTest, WithoutAnyFileThereIsOneCpu) {
    const Topology topology = read();
    EXPECT_EQ(topology.nr_cpus, 1u);
    EXPECT_EQ(topology.nr_nodes, 1u);
    EXPECT_EQ(topology.cpus_of_llc, Numbers{1});
    EXPECT_EQ(topology.node_of_llc, Numbers{0});
}

TEST_F(TopologyTest, WithoutCacheAndCoreFilesAllAreOneDomainOfCores) {
    write("system/cpu/possible", "0-2");
    const Topology topology = read();
    EXPECT_EQ(each(topology, &gs_place::llc), (Numbers{0, 0, 0}));
    EXPECT_EQ(each(topology, &gs_place::core), (Numbers{0, 1, 2}));
    EXPECT_EQ(topology.cpus_of_llc, Numbers{3});
    EXPECT_FALSE(topology.has_smt);
}

// CPU 1 has no files; 4 to 7 are those that the firmware only announces.
TEST_F(TopologyTest, OfflineCpusTakeNoPart) {
    cpus("0-7", "0,2-3");
    last_level(0, "0");
    core(0, "0");
    for (const uint32_t cpu : {2u, 3u}) {
        last_level(cpu, "2-3");
        core(cpu, "2-3");
    }
    for (const uint32_t cpu : {0u, 2u, 3u})
        max_frequency(cpu, cpu == 0 ? 4'000'000 : 2'000'000);
    const Topology topology = read();
    EXPECT_EQ(topology.nr_cpus, 8u);
    EXPECT_EQ(each(topology, &gs_place::llc), (Numbers{0, 0, 1, 1, 0, 0, 0, 0}));
    EXPECT_EQ(topology.cpus_of_llc, (Numbers{1, 2})) << "none of their own, and none counts";
    EXPECT_EQ(each(topology, &gs_place::core), (Numbers{0, 1, 2, 2, 4, 5, 6, 7}));
    EXPECT_EQ(each(topology, &gs_place::capacity),
              (Numbers{1024, 1024, 512, 512, 1024, 1024, 1024, 1024}))
        << "their speed is not asked for";
    EXPECT_EQ(topology.fast, Numbers{0});
}

// 50 fast cores of two threads and one slow CPU: what does not fit are siblings.
TEST_F(TopologyTest, OnlySoManyFastCpusAreListed) {
    flat(101);
    for (uint32_t cpu = 0; cpu < 101; ++cpu) {
        if (cpu < 100)
            core(cpu, std::format("{}-{}", cpu / 2 * 2, cpu / 2 * 2 + 1));
        write_of(cpu, "cpu_capacity", cpu < 100 ? 1024 : 300);
    }
    const auto fast = read().fast;
    ASSERT_EQ(fast.size(), static_cast<size_t>(GS_MAX_FAST));
    for (uint32_t i = 0; i < 50; ++i)
        EXPECT_EQ(fast[i], i * 2);
    EXPECT_EQ(fast.back(), 27u);
}

TEST_F(TopologyTest, MoreDomainsThanQueuesShareThem) {
    flat(GS_MAX_LLCS + 1);
    for (uint32_t cpu = 0; cpu <= GS_MAX_LLCS; ++cpu)
        last_level(cpu, std::to_string(cpu));
    const Topology topology = read();
    EXPECT_EQ(topology.cpus_of_llc.size(), static_cast<size_t>(GS_MAX_LLCS));
    EXPECT_EQ(topology.cpus_of_llc.front(), 2u);
    EXPECT_EQ(topology.places.back().llc, 0u);
}

}  // namespace
}  // namespace gamesched

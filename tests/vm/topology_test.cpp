// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Placement, on a machine of two last-level caches, each of one core with two threads: CPUs 0 and 1
// share all, CPUs 2 and 3 share all.
//
// The counters are of the whole machine, so that what the tests themselves do (a client asks, the
// bus and the service answer) is among them: tens of wake-ups beside the thousand of a test's game.

#include <algorithm>
#include <format>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/vm/input.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

using Cpus = std::vector<int>;

const Cpus kFirst = {0, 1}, kSecond = {2, 3}, kAll = {0, 1, 2, 3};

// Never sleeps.
Child hog(const Cpus& cpus) {
    return Child([&] {
        pin(0, cpus);
        spin();
    });
}

std::vector<Child> hogs(size_t count, const Cpus& cpus) {
    std::vector<Child> all;
    while (all.size() < count)
        all.push_back(hog(cpus));
    return all;
}

// Wakes up every three milliseconds and does nothing then; begins on one CPU and may run on all.
Child ticker(int first_cpu) {
    return Child([=] {
        pin(0, {first_cpu});
        pin(0, kAll);
        for (;;)
            usleep(3000);
    });
}

// The same, but goes to sleep on this CPU each time.
Child returner(int cpu) {
    return Child([=] {
        for (;;) {
            pin(0, {cpu});
            pin(0, kAll);
            usleep(3000);
        }
    });
}

struct Growth {
    std::map<std::string, uint64_t> by;

    uint64_t operator[](const std::string& name) const {
        const auto found = by.find(name);
        if (found != by.end())
            return found->second;
        ADD_FAILURE() << "there is no counter " << name;
        return 0;
    }
    uint64_t placed() const {
        return (*this)["PlacedPrevious"] + (*this)["PlacedNear"] + (*this)["PlacedFar"];
    }
};

// By how much the counters grow in this time.
Growth growth_in(std::chrono::seconds time) {
    const auto before = counters();
    std::this_thread::sleep_for(time);
    Growth growth{counters()};
    for (auto& [name, value] : growth.by) {
        value -= before.contains(name) ? before.at(name) : 0;
        if (value)
            std::cout << name << ' ' << value << ' ';
    }
    std::cout << '\n';
    return growth;
}

std::set<std::string> each_cpus(const std::string& file) {
    std::set<std::string> lists;
    for (const int cpu : kAll)
        lists.insert(read_text(std::format("/sys/devices/system/cpu/cpu{}/{}", cpu, file)));
    return lists;
}

// While it lives, the service takes CPUs 2 and 3 for twice as fast as 0 and 1.
class HybridMachine {
  public:
    static std::string capacity_for_service(int cpu) {
        return sh(std::format("nsenter --mount --target {} cat "
                              "/sys/devices/system/cpu/cpu{}/cpu_capacity",
                              service_pid(), cpu))
            .text;
    }

  private:
    // What the service and libbpf read, in a place of its own.
    struct Copy {
        static constexpr char kPath[] = "/run/test-cpus";
        Copy() {
            sh(std::format(
                "mkdir -p {0} && cd /sys/devices/system/cpu && cp --parents possible online "
                "present cpu[0-9]*/topology/*_list cpu[0-9]*/cache/index*/level "
                "cpu[0-9]*/cache/index*/shared_cpu_list {0}; cd {0}; "
                "echo 512 | tee cpu0/cpu_capacity > cpu1/cpu_capacity; "
                "echo 1024 | tee cpu2/cpu_capacity > cpu3/cpu_capacity",
                kPath));
        }
        Copy(const Copy&) = delete;
        Copy& operator=(const Copy&) = delete;
        ~Copy() { sh(std::format("rm -r {}", kPath)); }
    } copy_;
    ServiceDropIn drop_in_{
        std::format("BindReadOnlyPaths={}:/sys/devices/system/cpu", Copy::kPath)};
};

struct Topology : Vm {
    void SetUp() override {
        Vm::SetUp();
        ASSERT_EQ(each_cpus("cache/index3/shared_cpu_list"), (std::set<std::string>{"0-1", "2-3"}));
        ASSERT_EQ(each_cpus("topology/core_cpus_list"), (std::set<std::string>{"0-1", "2-3"}));
    }
};

TEST_F(Topology, ItAttachesUnderLoadOnAMachineOfTwoCachesAndSmt) {
    clear_kernel_log();
    const Child game = sleeper();
    Child load([] {
        execlp("stress-ng", "stress-ng", "--cpu", "4", "--switch", "2", "--fork", "1", "--quiet",
               nullptr);
    });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    std::this_thread::sleep_for(3s);
    EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
    kill(static_cast<pid_t>(load.pid()), SIGTERM);
    load.reap();
    EXPECT_EQ(sh("dmesg | grep -iE 'stall|BUG|WARNING|oops|lockup'").text, "");
    EXPECT_TRUE(listener.trips().empty());
}

// Each domain has three hogs of its own, and a game's beside them.
TEST_F(Topology, TasksOfBothDomainsRunAndNobodyWaitsBeyondTheBound) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    std::vector<Child> all;
    for (const Cpus& domain : {kFirst, kSecond}) {
        for (int i = 0; i < 4; ++i)
            all.push_back(hog(domain));
        ASSERT_TRUE(succeeds(register_game(all.back().pid())));
    }
    StandstillWatch watch;
    std::vector<double> used;
    for (const Child& child : all)
        used.push_back(cpu_seconds(child));
    std::this_thread::sleep_for(5s);
    for (size_t i = 0; i < all.size(); ++i)
        EXPECT_GT(cpu_seconds(all[i]) - used[i], 0.2) << "hog " << i;
    expect_waits_within(kBoundUsec, std::move(watch));
}

TEST_F(Topology, OnAnIdleMachineAGameStaysWhereItIs) {
    const Child game = ticker(0);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const Growth growth = growth_in(3s);
    EXPECT_GT(growth["PlacedPrevious"], 300u);
    EXPECT_GE(growth["PlacedPrevious"] * 10, growth.placed() * 9);
    EXPECT_LE(growth["PlacedSharedCore"] * 20, growth.placed());
}

// CPU 1 is idle, but its sibling is busy with two threads. The game begins there.
TEST_F(Topology, AWholeIdleCoreIsTakenBeforeTheSiblingOfABusyCpu) {
    const std::vector<Child> busy = hogs(2, {0});
    for (const Child& thread : busy)
        ASSERT_TRUE(succeeds(register_game(thread.pid())));
    const Child game = returner(1);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const Growth growth = growth_in(3s);
    EXPECT_GT(growth["PlacedFar"], 100u);
    EXPECT_LE(growth["PlacedSharedCore"] * 3, growth.placed());
}

TEST_F(Topology, AGameGoesToTheOtherCacheRatherThanWaitForBackground) {
    const std::vector<Child> background = hogs(4, kFirst);
    const Child game = returner(0);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const Growth growth = growth_in(3s);
    EXPECT_GT(growth["PlacedFar"], 50u);
    EXPECT_LT(growth["GamePreemptions"] * 5, growth["PlacedFar"]);
}

// CPUs 0 and 1 have five hogs of their own, 2 and 3 one: what may run on all waits for less there.
TEST_F(Topology, ADomainWithLessToDoTakesFromTheOther) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    const std::vector<Child> first = hogs(5, kFirst), second = hogs(1, kSecond);
    std::vector<Child> anywhere;
    for (int i = 0; i < 4; ++i)
        anywhere.push_back(returner(0));
    EXPECT_GT(growth_in(5s)["Steals"], 0u);
}

// Woken by input is critical.
TEST_F(Topology, CriticalThreadsOfAGameRunOnFastCpus) {
    const HybridMachine hybrid;
    ASSERT_EQ(HybridMachine::capacity_for_service(0), "512");
    ASSERT_EQ(HybridMachine::capacity_for_service(3), "1024");
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    Input input(kGamepad);
    const std::string path = input.path();
    const Child game([&] { read_events(path, [] {}); });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    input.send_for(2s);
    const Explanation thread = explain(game.pid());
    ASSERT_TRUE(thread.contains("LastCpu"));
    EXPECT_GE(thread.at("LastCpu").get<uint32_t>(), 2u) << "CPUs 0 and 1 are the slow ones";
    EXPECT_GT(counters()["PlacedFast"], 100u);
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The scheduler under load, and what takes its CPUs away.

#include "tests/vm/machine.h"

#include <format>
#include <iostream>
#include <thread>

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Load = Vm;

TEST_F(Load, ForkAndSwitchLoadMakesNoStall) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    clear_kernel_log();
    const Output load = sh(std::format("stress-ng --cpu 8 --fork 4 --switch 4 --timeout {} --quiet",
                                       usual_or_long(20, 60)));
    EXPECT_EQ(load.status, 0) << load.text;
    EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
    std::cout << sh("gamesched stats").text << '\n';
    EXPECT_EQ(kernel_complaints(), "");
}

// Four processes of a game that never sleep, and two others beside them, on two CPUs.
TEST_F(Load, NothingWaitsLongerThanItsBoundUnderFullGameLoad) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    Child background([] { execlp("stress-ng", "stress-ng", "--cpu", "2", "--quiet", nullptr); });
    StandstillWatch watch;
    EXPECT_EQ(sh("gamesched run -- stress-ng --cpu 4 --timeout 20 --quiet").status, 0);
    std::cout << "longest wait of games: " << counters()["MaxWaitGameUSec"] << " us\n";
    EXPECT_GT(counters()["Rescues"], 0u) << "the others ran although games always waited";
    expect_waits_within(kBoundUsec, std::move(watch));
    kill(static_cast<pid_t>(background.pid()), SIGTERM);
    background.reap();
}

// A game that wakes up beside a load gets a CPU by preemption.
TEST_F(Load, AGameThatWakesUpTakesTheCpuOfSomethingLessUrgent) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    Child background([] { execlp("stress-ng", "stress-ng", "--cpu", "4", "--quiet", nullptr); });
    EXPECT_EQ(sh("gamesched run -- sh -c 'for i in $(seq 100); do sleep 0.01; done'").status, 0);
    EXPECT_GT(counters()["GamePreemptions"], 20u) << sh("gamesched stats").text;
    kill(static_cast<pid_t>(background.pid()), SIGTERM);
    background.reap();
}

// Never sleeps, from SIGCONT on.
Child spinner(int nice_level) {
    return Child([nice_level] {
        if (nice(nice_level) != nice_level)
            _exit(1);
        raise(SIGSTOP);
        spin();
    });
}

// How much more CPU time two ordinary processes get than two of nice 10, all four at work on two
// CPUs.
double advantage_over_nice(bool as_games) {
    std::vector<Child> spinners;
    for (const int level : {0, 0, 10, 10}) {
        spinners.push_back(spinner(level));
        waitpid(static_cast<pid_t>(spinners.back().pid()), nullptr, WUNTRACED);
        if (as_games)
            register_game(spinners.back().pid());
    }
    std::vector<double> used;
    for (const Child& child : spinners) {
        used.push_back(cpu_seconds(child));
        kill(static_cast<pid_t>(child.pid()), SIGCONT);
    }
    std::this_thread::sleep_for(6s);
    for (size_t i = 0; i < spinners.size(); ++i)
        used[i] = cpu_seconds(spinners[i]) - used[i];
    return (used[0] + used[1]) / (used[2] + used[3]);
}

TEST_F(Load, NiceCountsOutsideOfGamesOnly) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    const double outside = advantage_over_nice(false), inside = advantage_over_nice(true);
    std::cout << "nice 0 over nice 10: " << outside << " outside of games, " << inside
              << " inside\n";
    EXPECT_GT(outside, 1.7);
    EXPECT_LT(inside, 1.4);
    EXPECT_EQ(ops(), "gamesched");
}

// How much CPU time two games get that both want all CPUs: the first one's share of it.
double share_of_first(const Child& first, const Child& second) {
    const double before = cpu_seconds(first), other_before = cpu_seconds(second);
    std::this_thread::sleep_for(4s);
    const double used = cpu_seconds(first) - before, other = cpu_seconds(second) - other_before;
    return used / (used + other);
}

TEST_F(Load, OfTwoGamesTheOneThatHasTheFocusGoesFirst) {
    // Attaching, with the verifier's work, beside four threads that compute takes an emulated
    // machine half a minute.
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    const Child one = busy(2), other = busy(2);
    ASSERT_TRUE(succeeds(register_game(one.pid())));
    ASSERT_TRUE(succeeds(register_game(other.pid())));
    const auto focus = [](uint32_t pid) {
        return sh(std::format("busctl call org.gamesched1 /org/gamesched1 org.gamesched1.Manager "
                              "SetFocus u {}",
                              pid))
            .status;
    };
    const double equal = share_of_first(one, other);
    ASSERT_EQ(focus(one.pid()), 0);
    const double first = share_of_first(one, other);
    EXPECT_TRUE(explain(other.pid()).contains("Behind"));
    EXPECT_FALSE(explain(one.pid()).contains("Behind"));
    ASSERT_EQ(focus(other.pid()), 0);
    const double second = share_of_first(one, other);
    ASSERT_EQ(focus(0), 0);
    const double again = share_of_first(one, other);
    std::cout << "share of one of two games: " << equal << ", with the focus " << first
              << ", without it " << second << ", nobody has it " << again << '\n';
    for (const double share : {equal, again}) {
        EXPECT_GT(share, 0.4);
        EXPECT_LT(share, 0.6);
    }
    EXPECT_GT(first, 0.7);
    EXPECT_LT(first, 0.98) << "the other one gets on";
    EXPECT_LT(second, 0.3);
    EXPECT_GT(second, 0.02);
}

TEST_F(Load, ACpuThatComesAndGoesIsNoTrip) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    for (const char* online : {"0", "1"}) {
        // Counts schedulers that were enabled: the one that is attached now must not be taken for
        // the next.
        const std::string before = read_text("/sys/kernel/sched_ext/enable_seq");
        EXPECT_EQ(sh(std::format("echo {} > /sys/devices/system/cpu/cpu1/online", online)).status,
                  0);
        EXPECT_TRUE(eventually([&] {
            return read_text("/sys/kernel/sched_ext/enable_seq") != before &&
                   ops() == "gamesched" && property("Scheduler.State") == "s \"attached\"";
        })) << online
            << property("Scheduler.State") << property("Scheduler.Reason");
        EXPECT_EQ(sh("stress-ng --cpu 4 --timeout 2 --quiet").status, 0);
    }
    EXPECT_TRUE(listener.trips().empty());
}

TEST_F(Load, ARealTimeTaskThatTakesACpuStallsNobody) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_EQ(sh("stress-ng --cpu 4 --timeout 8 --quiet & "
                 "timeout 5 chrt -f 50 taskset -c 0 sh -c 'while :; do :; done'; wait $!")
                  .status,
              0);
    EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
    EXPECT_TRUE(listener.trips().empty());
    EXPECT_LT(counters()["MaxWaitOtherUSec"], 2'500'000u)
        << "somebody waited for the real-time task";
}

TEST_F(Load, AForeignSchedulerIsNoticedAndLeftAlone) {
    const std::string load =
        "mkdir -p /sys/fs/bpf && (mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf); "
        "bpftool struct_ops register " TESTSDIR "/foreign.bpf.o /sys/fs/bpf/foreign";
    const Output loaded = sh(load);
    ASSERT_EQ(loaded.status, 0) << loaded.text;
    ASSERT_EQ(ops(), "foreign");
    {
        const Child game = sleeper();
        ASSERT_TRUE(succeeds(register_game(game.pid())));
        EXPECT_EQ(ops(), "foreign");
        EXPECT_EQ(property("Manager.Active"), "b true");
        EXPECT_EQ(property("Scheduler.State"), "s \"foreign\"");
        EXPECT_EQ(property("Scheduler.Name"), "s \"foreign\"");
        EXPECT_TRUE(property("Scheduler.Reason").contains("foreign"))
            << property("Scheduler.Reason");
        sh("rm -rf /sys/fs/bpf/foreign");
        EXPECT_TRUE(eventually([] { return ops() == "gamesched"; })) << "the way is free";
    }
}

}  // namespace
}  // namespace gamesched::test

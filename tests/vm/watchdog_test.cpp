// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A scheduler that is at fault: it ends, says why, and everybody goes on under the kernel's own.
// The faults are real ones, of a build of the service that has them on command (bpf/faults.bpf.h).

#include <sys/prctl.h>

#include <format>
#include <iostream>
#include <thread>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// Spins under the name that commands a fault.
Child culprit(const char* name) {
    return Child([name] {
        prctl(PR_SET_NAME, name);
        spin();
    });
}

struct Watchdog : Vm {
    ServiceDropIn faulty{"ExecStart=\\nExecStart=" TESTSDIR "/gameschedd-faulty\\n"};

    // The detector needs functions that some kernels' BTF has damaged.
    bool has_detector = property("Manager.Features").contains("\"stall-detector\" b true");
    // With all CPUs at work tasks have to queue.
    Child game = busy(4);

    void TearDown() override {
        game.kill_and_reap();
        if (property("Scheduler.State") == "s \"ejected\"") {
            EXPECT_TRUE(succeeds(sh("gamesched restart")));
        }
        Vm::TearDown();
    }
    // False where the kernel cannot run the scheduler, and the service says so.
    bool attach() {
        EXPECT_TRUE(succeeds(register_game(game.pid())));
        if (property("Scheduler.Reason").contains("damaged")) {
            EXPECT_EQ(property("Scheduler.State"), "s \"unsupported\"");
            return false;
        }
        EXPECT_EQ(ops(), "gamesched");
        return !HasFailure();
    }
    Tripped expect_trip(const std::string& kind, std::chrono::seconds limit = 40s) {
        EXPECT_TRUE(eventually([&] { return !listener.trips().empty(); }, limit));
        EXPECT_EQ(property("Scheduler.State"), "s \"ejected\"");
        EXPECT_EQ(ops(), "");
        const auto trips = listener.trips();
        if (trips.size() != 1)
            return {};
        EXPECT_EQ(trips.front().kind, kind) << trips.front().reason;
        EXPECT_EQ(trips.front().action, "retry");
        return trips.front();
    }
    // By the machine's own clock, which goes on while the machine stands still.
    static void expect_within(const Tripped& trip, uint64_t usec, StandstillWatch watch) {
        const uint64_t stood_still = watch.longest_usec();
        std::cout << std::format("the machine stood still for up to {} us\n", stood_still);
        EXPECT_LE(trip.stalled_usec, usec + 2 * stood_still);
    }
    // The culprit, which would otherwise do it again at the next attachment, and its victims run
    // under the kernel's scheduler.
    void expect_to_run(const Child& child) {
        const double before = cpu_seconds(child);
        EXPECT_TRUE(eventually([&] { return cpu_seconds(child) > before; }));
    }
    static std::string journal() { return sh("journalctl -b -u gameschedd -n 400 -o cat").text; }
};

TEST_F(Watchdog, ATaskThatIsLostIsNoticedWithinTwoSeconds) {
    if (!attach())
        return;
    StandstillWatch watch;
    const Child lost = culprit("gs-lose");
    const Tripped trip = expect_trip("stall");
    std::cout << trip.reason << '\n';
    EXPECT_TRUE(trip.reason.contains(std::format("gs-lose[{}]", lost.pid()))) << trip.reason;
    EXPECT_GE(trip.stalled_usec, 1'050'000u);
    if (has_detector) {
        expect_within(trip, 2'000'000, std::move(watch));
        EXPECT_TRUE(trip.reason.contains("in no queue")) << trip.reason;
    }
    expect_to_run(lost);
    expect_to_run(game);
    EXPECT_TRUE(journal().contains("nr_run=")) << "the kernel's dump: " << journal();
}

TEST_F(Watchdog, ATaskThatNobodyServesIsNoticedToo) {
    if (!attach())
        return;
    StandstillWatch watch;
    const Child starved = culprit("gs-starve");
    const Tripped trip = expect_trip("stall");
    std::cout << trip.reason << '\n';
    EXPECT_TRUE(trip.reason.contains(std::format("gs-starve[{}]", starved.pid()))) << trip.reason;
    if (has_detector) {
        expect_within(trip, 2'000'000, std::move(watch));
        EXPECT_TRUE(trip.reason.contains("not served")) << trip.reason;
    }
    expect_to_run(starved);
}

TEST_F(Watchdog, ShortRealTimeTasksDoNotHideATaskThatNobodyServes) {
    if (!attach() || !has_detector)
        return;
    StandstillWatch watch;
    // One CPU is never ours, the other a quarter of the time: audio at its worst.
    Child first = real_time_hog(0, {.taken = 4ms, .period = 4ms}),
          second = real_time_hog(1, {.taken = 3ms, .period = 4ms});
    const Child starved = culprit("gs-starve");
    EXPECT_TRUE(eventually([&] { return !listener.trips().empty(); }, 40s));
    EXPECT_GT(cpu_seconds(second), 0.5);
    first.kill_and_reap();
    second.kill_and_reap();
    const Tripped trip = expect_trip("stall");
    EXPECT_TRUE(trip.reason.contains(std::format("gs-starve[{}]", starved.pid()))) << trip.reason;
    expect_within(trip, 2'000'000, std::move(watch));
    expect_to_run(starved);
}

// Before 7.0 the kernel leaves us nothing of a CPU that they never leave.
TEST_F(Watchdog, RealTimeTasksThatKeepAllCpusForSecondsAreNoStall) {
    if (!attach())
        return;
    const Child pinned = busy(1);
    pin(static_cast<pid_t>(pinned.pid()), {0});
    for (const auto taken : {20'000us, 19'800us}) {
        const Turns turns{.taken = taken, .period = 20ms, .work = 5s};
        Child first = real_time_hog(0, turns), second = real_time_hog(1, turns);
        first.reap();
        second.reap();
        std::this_thread::sleep_for(2s);
        EXPECT_EQ(ops(), "gamesched") << taken;
        EXPECT_TRUE(listener.trips().empty()) << listener.trips().front().reason;
        expect_to_run(pinned);
        expect_to_run(game);
    }
}

// The last resort. What waits without our detector's knowledge is noticed by the kernel, later.
TEST_F(Watchdog, WhatTheDetectorDoesNotSeeTheKernelsOwnWatchdogNotices) {
    if (!attach())
        return;
    const Child hidden = culprit("gs-hide");
    const Tripped trip = expect_trip("stall", 90s);
    std::cout << trip.reason << '\n';
    EXPECT_TRUE(trip.reason.contains(std::format("gs-hide[{}] failed to run for", hidden.pid())))
        << trip.reason;
    EXPECT_GE(trip.stalled_usec, 20'000'000u);
    expect_to_run(hidden);
    expect_to_run(game);
}

// After the first error it is tried again; after three it stays off until somebody says otherwise.
// A service that dies meanwhile knows so afterwards.
TEST_F(Watchdog, AnErrorOfTheSchedulerIsToldAndTriedAgainTwice) {
    if (!attach())
        return;
    {
        const Child child = culprit("gs-error");
        const Tripped first = expect_trip("error");
        EXPECT_EQ(first.reason.contains("asked for by gs-error"), has_detector) << first.reason;
        EXPECT_EQ(first.stalled_usec, 0u);
        for (size_t trips = 2; trips <= 3; ++trips) {
            // The longer delay, a start of the service and an attachment, under load.
            ASSERT_TRUE(eventually([&] { return listener.trips().size() == trips; }, 120s));
            EXPECT_EQ(listener.trips().back().action, trips < 3 ? "retry" : "stay-off");
            kill_service();
            EXPECT_EQ(property("Scheduler.State"), "s \"ejected\"");
        }
    }
    EXPECT_EQ(listener.trips().size(), 3u) << "to die while it is kept off is none";
    EXPECT_EQ(property("Scheduler.Trips"), "u 3");
    EXPECT_EQ(property("Scheduler.State"), "s \"ejected\"");
    EXPECT_TRUE(property("Scheduler.Reason").contains("gamesched restart"));
    EXPECT_EQ(ops(), "");
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    EXPECT_TRUE(succeeds(sh("gamesched restart")));
    EXPECT_EQ(ops(), "gamesched");
}

using StallDetector = Vm;

// Every 0.35 s while somebody waits, and once more.
TEST_F(StallDetector, LooksOnlyWhileSomebodyWaits) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    if (!property("Manager.Features").contains("\"stall-detector\" b true"))
        return;
    std::this_thread::sleep_for(2s);
    const auto before = counters();
    std::this_thread::sleep_for(8s);
    const auto after = counters();
    const auto grown = [&](const char* name) { return after.at(name) - before.at(name); };
    const uint64_t at_rest = grown("StallChecks");
    const uint64_t queued = grown("QueuedGame") + grown("QueuedOther");
    {
        const Child load = busy(4);
        std::this_thread::sleep_for(4s);
    }
    const uint64_t under_load = counters()["StallChecks"] - after.at("StallChecks");
    std::cout << "looks in 8 s at rest: " << at_rest << " (" << queued
              << " tasks were queued), in 4 s under load: " << under_load << '\n';
    EXPECT_LE(at_rest, queued + 1);
    EXPECT_LT(at_rest, 20u) << "22 if it never stopped";
    EXPECT_GE(under_load, 7u);
    EXPECT_TRUE(listener.trips().empty());
}

}  // namespace
}  // namespace gamesched::test

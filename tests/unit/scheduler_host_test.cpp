// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The states of the scheduler host, against a backend that does as it is told. What kernels really
// do: tests/vm.

#include "service/scheduler/host.h"

#include <gtest/gtest.h>
#include <systemd/sd-event.h>

#include <algorithm>
#include <thread>

#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

using namespace std::chrono_literals;

constexpr int kExitSysrq = 67, kExitByKernel = 66, kExitError = 1024, kExitStall = 1026;

class ScriptedBackend : public SchedulerBackend {
  public:
    const KernelSupport& support() const override { return support_; }
    SchedExtStatus status() const override { return {.present = true, .state = "", .ops = ops}; }
    Result<uint64_t> attach(const gs_tunables&) override {
        ++attached;
        std::this_thread::sleep_for(takes);
        if (!refusal.empty())
            return fail(ErrorKind::kFailed, refusal);
        ops = "gamesched";
        return ++instance;
    }
    void detach() override {
        log.push_back("detached");
        leave();
    }
    void unload() override {
        log.push_back("unloaded");
        leave();
    }
    void leave() {
        if (ops == "gamesched")
            ops = "";
    }
    void deliver_events() override {
        if (on_deliver)
            on_deliver();
    }
    std::string dump() const override { return ""; }
    void set_tunables(const gs_tunables& tunables) override { slice_ns = tunables.slice_ns; }
    void set_focus(uint64_t) override {}
    void set_games(std::vector<uint64_t>) override {}
    std::optional<SchedulerCounters> counters() const override { return std::nullopt; }
    Result<GameTimes> game_times(uint64_t) const override { return GameTimes{}; }
    Result<ThreadsByRole> count_threads(uint64_t) const override { return ThreadsByRole{}; }
    Result<ThreadFacts> thread(pid_t) const override { return ThreadFacts{}; }

    KernelSupport support_;
    std::string ops;                    // what the kernel says
    std::string refusal;                // of attach
    std::chrono::milliseconds takes{};  // attach
    int attached = 0;
    uint64_t instance = 0;
    uint64_t slice_ns = 0;
    std::vector<std::string> log;  // what was done, in order
    std::function<void()> on_deliver;
};

struct Host : testing::Test {
    Loop loop;
    ScriptedBackend backend;
    std::unique_ptr<SchedulerHost> host;
    std::vector<std::string> states;  // every one that could be seen
    std::vector<Trip> trips;

    void make(RetryPolicy policy = RetryPolicy()) {
        host = std::make_unique<SchedulerHost>(loop, backend, policy);
        host->observe({.changed = [this] { states.push_back(to_string(host->state())); },
                       .tripped = [this](const Trip& trip) { trips.push_back(trip); }});
        host->set_linger(0s);
    }
    void run_what_is_due() {
        const Source end = loop.after(1ms, [this] { loop.exit(0); });
        loop.run();
    }
    void eject(int kind, std::string message = "", int64_t code = 0) {
        backend.ops = "";
        host->on_exit({backend.instance, kind, code, "reason", std::move(message)});
    }
    // For longer than the short delays take: timers may be late by a quarter of a second.
    void run_retries() {
        const auto end = std::chrono::steady_clock::now() + 400ms;
        while (std::chrono::steady_clock::now() < end)
            sd_event_run(loop.get(), 50'000);
    }
    // Trips until there are too many.
    void eject_thrice() {
        for (int trip = 0; trip < 3; ++trip) {
            ASSERT_EQ(state(), SchedulerState::kAttached) << "before trip " << trip;
            eject(kExitSysrq);
            ASSERT_EQ(state(), SchedulerState::kEjected);
            if (trip < 2) {
                ASSERT_EQ(trips.back().action, "retry");
                run_retries();
            }
        }
        ASSERT_EQ(trips.back().action, "stay-off");
    }
    SchedulerState state() const { return host->state(); }

    // The second delay is 6 ms.
    const RetryPolicy short_delays{1ms};
};

TEST_F(Host, AttachesWhenWantedAndDetachesAfterTheLinger) {
    make();
    EXPECT_EQ(state(), SchedulerState::kDetached);
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kAttached);
    host->set_wanted(false);
    EXPECT_EQ(state(), SchedulerState::kAttached) << "it lingers";
    run_what_is_due();
    EXPECT_EQ(state(), SchedulerState::kDetached);
    EXPECT_EQ(backend.ops, "");
}

TEST_F(Host, WhoComesBackDuringTheLingerFindsItAttached) {
    make();
    host->set_wanted(true);
    host->set_wanted(false);
    host->set_wanted(true);
    run_what_is_due();
    EXPECT_EQ(state(), SchedulerState::kAttached);
    EXPECT_EQ(backend.attached, 1);
}

TEST_F(Host, AnUnsupportedKernelStaysSoAndSaysWhy) {
    backend.support_.unsupported = "no sched_ext here";
    make();
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kUnsupported);
    EXPECT_EQ(host->reason(), "no sched_ext here");
    EXPECT_EQ(host->restart().error().message, "no sched_ext here");
    EXPECT_EQ(backend.attached, 0);
}

TEST_F(Host, WhatDiesWhileItIsAttachedIsNeverCalledAttached) {
    make();
    backend.on_deliver = [this] { eject(kExitError, "init failed"); };
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(std::ranges::count(states, "attached"), 0);
    EXPECT_TRUE(host->reason().contains("init failed")) << host->reason();
}

TEST_F(Host, AFailureToAttachIsAStateWithItsReason) {
    make();
    backend.refusal = "Loading the scheduler: no";
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(host->reason(), "Loading the scheduler: no; next try in 5 s");
    backend.refusal = "";
    EXPECT_TRUE(host->restart());
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, AnEjectionIsATripOfItsKind) {
    make();
    host->set_wanted(true);
    eject(kExitStall, "cc1[17] failed to run for 20.123s");
    ASSERT_EQ(trips.size(), 1u);
    EXPECT_EQ(trips[0].kind, "stall");
    EXPECT_EQ(trips[0].stalled, 20'123ms);
    EXPECT_EQ(trips[0].action, "retry");
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(host->trips(), 1u);
}

TEST_F(Host, ATripIsToldAsSoonAsTheKernelsOwnSchedulerIsBack) {
    make();
    host->set_wanted(true);
    backend.log.clear();
    host->observe({.changed = [this] { backend.log.push_back(to_string(host->state())); },
                   .tripped = [this](const Trip&) { backend.log.push_back("told"); }});
    eject(kExitError);
    EXPECT_EQ(backend.log, (std::vector<std::string>{"detached", "told", "ejected", "unloaded"}));
}

TEST_F(Host, TheThirdTripStaysOffUntilSomebodyAsks) {
    make(short_delays);
    host->set_wanted(true);
    eject_thrice();
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(trips.back().kind, "sysrq");
    EXPECT_TRUE(host->reason().contains("gamesched restart")) << host->reason();
    EXPECT_TRUE(host->restart());
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, AStallThatTheSchedulerNoticesItselfIsOne) {
    make();
    host->set_wanted(true);
    backend.ops = "";
    host->on_exit({.instance = backend.instance,
                   .kind = kExitError + 1,
                   .reason = "scx_bpf_error",
                   .message = "cc1[17] has waited for 1600 ms and is in no queue",
                   .stalled = 1600ms});
    ASSERT_EQ(trips.size(), 1u);
    EXPECT_EQ(trips[0].kind, "stall");
    EXPECT_EQ(trips[0].stalled, 1600ms);
}

TEST_F(Host, StayingOffEndsByItselfWhereThatIsConfigured) {
    make(short_delays);
    host->set_stay_off(20ms);
    host->set_wanted(true);
    eject_thrice();
    EXPECT_TRUE(host->reason().contains("for 1 min")) << host->reason();
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kAttached);
    // They are forgotten.
    eject(kExitError);
    EXPECT_EQ(trips.back().action, "retry");
}

TEST_F(Host, StayingOffOutlivesTheGame) {
    make(short_delays);
    host->set_wanted(true);
    eject_thrice();
    const int attached = backend.attached;
    host->set_wanted(false);
    EXPECT_EQ(state(), SchedulerState::kEjected) << "whether it is wanted or not";
    EXPECT_TRUE(host->reason().contains("gamesched restart")) << host->reason();
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(backend.attached, attached);
    host->set_wanted(false);
    EXPECT_TRUE(host->restart());
    EXPECT_EQ(state(), SchedulerState::kDetached);
}

TEST_F(Host, AnotherGameDoesNotShortenTheDelay) {
    make(short_delays);
    host->set_wanted(true);
    eject(kExitError);
    host->set_wanted(false);
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_EQ(backend.attached, 1);
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, ATripWhileItLingersKeepsItOffForTheDelayToo) {
    make(short_delays);
    host->set_wanted(true);
    host->set_wanted(false);
    eject(kExitError);
    ASSERT_EQ(trips.size(), 1u);
    EXPECT_EQ(trips[0].action, "retry");
    EXPECT_EQ(state(), SchedulerState::kEjected);
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kDetached) << "nobody wants it";
    EXPECT_EQ(backend.attached, 1);
}

TEST_F(Host, AForeignSchedulerDuringARetryDoesNotLeaveItAttaching) {
    make(short_delays);
    host->set_wanted(true);
    eject(kExitError);
    backend.ops = "scx_other";
    host->on_kernel_change();
    ASSERT_EQ(state(), SchedulerState::kForeign);
    backend.ops = "";
    host->on_kernel_change();
    EXPECT_EQ(state(), SchedulerState::kEjected) << "nor does it shorten the delay";
    EXPECT_TRUE(host->reason().contains("next try")) << host->reason();
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

// A timer counts from the beginning of the loop's iteration, in which a try may take long.
TEST_F(Host, AfterATryThatTookLongThereIsAnother) {
    make(short_delays);
    backend.refusal = "Loading the scheduler: no";
    backend.takes = 400ms;
    const Source wish = loop.defer([this] { host->set_wanted(true); });
    sd_event_run(loop.get(), 50'000);
    ASSERT_EQ(state(), SchedulerState::kEjected);
    backend.refusal = "";
    backend.takes = 0ms;
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, AForeignSchedulerStaysOneWhenTheDelayIsOver) {
    make(short_delays);
    host->set_wanted(true);
    eject(kExitError);
    host->set_wanted(false);
    backend.ops = "scx_other";
    host->on_kernel_change();
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kForeign);
}

TEST_F(Host, EndingTheLingerDetachesAtOnce) {
    make();
    host->set_linger(1h);
    host->set_wanted(true);
    host->end_linger();
    EXPECT_EQ(state(), SchedulerState::kAttached) << "it is wanted";
    host->set_wanted(false);
    host->end_linger();
    EXPECT_EQ(state(), SchedulerState::kDetached);
}

TEST_F(Host, CpuHotplugIsNoTrip) {
    make();
    host->set_wanted(true);
    eject(kExitByKernel, "cpu 1 going offline", int64_t{1} << 48);
    EXPECT_TRUE(trips.empty());
    EXPECT_EQ(state(), SchedulerState::kAttaching);
}

TEST_F(Host, RecordsOfFormerInstancesAreOld) {
    make();
    host->set_wanted(true);
    host->on_exit({backend.instance + 1000, kExitError, 0, "", ""});
    EXPECT_EQ(state(), SchedulerState::kAttached);
    EXPECT_TRUE(trips.empty());
}

TEST_F(Host, AForeignSchedulerIsLeftAloneUntilItHasGone) {
    backend.ops = "scx_other";
    make();
    EXPECT_EQ(state(), SchedulerState::kForeign);
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kForeign);
    EXPECT_TRUE(host->reason().contains("scx_other"));
    EXPECT_EQ(backend.attached, 0);
    backend.ops = "";
    host->on_kernel_change();
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, AnEjectionWithoutARecordIsNoticedAllTheSame) {
    make();
    host->set_wanted(true);
    backend.ops = "";
    host->on_kernel_change();
    EXPECT_EQ(state(), SchedulerState::kEjected);
    ASSERT_EQ(trips.size(), 1u);
    EXPECT_TRUE(trips[0].reason.contains("lost"));
}

// ------------------------------------------------------------------ from one life to the next

TEST_F(Host, ALifeThatEndedWhileItWasAttachedIsATrip) {
    make();
    host->set_wanted(true);
    const SchedulerPast past = host->past();
    EXPECT_TRUE(past.was_on);
    backend.leave();  // as the kernel does it
    make();
    host->resume(past);
    ASSERT_EQ(trips.size(), 1u);
    EXPECT_EQ(trips[0].kind, "service");
    EXPECT_EQ(trips[0].action, "retry");
    EXPECT_EQ(host->trips(), 1u);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_TRUE(host->reason().contains("next try in 5 s")) << host->reason();
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_FALSE(host->past().was_on);
}

TEST_F(Host, TripsCountFromOneLifeToTheNext) {
    make(short_delays);
    host->set_wanted(true);
    eject(kExitSysrq);
    SchedulerPast past = host->past();
    for (const char* action : {"retry", "stay-off"}) {
        past.was_on = true;  // when the delay was over
        past.off_until = {};
        make(short_delays);
        host->resume(past);
        EXPECT_EQ(trips.back().action, action);
        past = host->past();
    }
    EXPECT_EQ(past.trips, 3u);
    make(short_delays);
    host->resume(past);
    EXPECT_EQ(trips.size(), 3u) << "nothing has happened since";
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_TRUE(host->reason().contains("gamesched restart")) << host->reason();
    run_retries();
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
}

TEST_F(Host, ADelayGoesOnInTheNextLife) {
    make(RetryPolicy(100ms));
    host->set_wanted(true);
    eject(kExitError);
    const SchedulerPast past = host->past();
    make();
    host->resume(past);
    host->set_wanted(true);
    EXPECT_EQ(state(), SchedulerState::kEjected);
    EXPECT_TRUE(host->reason().contains("next try in 1 s")) << host->reason();
    run_retries();
    EXPECT_EQ(state(), SchedulerState::kAttached);
}

TEST_F(Host, AnEndInOrderIsNoTrip) {
    for (const bool forgets : {false, true}) {
        trips.clear();
        make(short_delays);
        host->set_wanted(true);
        eject(kExitSysrq);
        run_retries();
        ASSERT_EQ(state(), SchedulerState::kAttached);
        host->end(forgets);
        EXPECT_EQ(backend.ops, "");
        const SchedulerPast past = host->past();
        EXPECT_EQ(past.recent_trips.size(), forgets ? 0u : 1u);
        make();
        host->resume(past);
        EXPECT_EQ(trips.size(), 1u) << "that of the life before";
        EXPECT_EQ(host->trips(), forgets ? 0u : 1u);
        EXPECT_EQ(state(), SchedulerState::kDetached);
    }
}

TEST_F(Host, ALifeThatCannotHaveItLeavesItsPastToTheNext) {
    backend.support_.unsupported = "no process events";
    make();
    host->resume({.was_on = true, .trips = 2});
    EXPECT_TRUE(trips.empty());
    const SchedulerPast past = host->past();
    backend.support_.unsupported = "";
    make();
    host->resume(past);
    EXPECT_EQ(trips.size(), 1u);
    EXPECT_EQ(host->trips(), 3u);
}

TEST_F(Host, AForeignSchedulerInTheNextLifeIsSaidToBeOne) {
    backend.ops = "scx_other";
    make();
    host->resume({.was_on = true});
    EXPECT_EQ(trips.size(), 1u);
    EXPECT_EQ(state(), SchedulerState::kForeign);
    backend.ops = "";
    host->on_kernel_change();
    EXPECT_EQ(state(), SchedulerState::kEjected);
}

TEST_F(Host, TunablesReachTheKernelAtOnceAndWrongOnesDoNot) {
    make();
    host->set_wanted(true);
    EXPECT_TRUE(host->set_tunable("slice-usec", 1000));
    EXPECT_EQ(backend.slice_ns, 1'000'000u);
    EXPECT_EQ(host->set_tunable("slice-usec", 1).error().kind, ErrorKind::kOutOfRange);
    EXPECT_EQ(backend.slice_ns, 1'000'000u);
}

}  // namespace
}  // namespace gamesched

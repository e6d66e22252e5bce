// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The machine that the tests run in, seen from outside the service: sysfs, busctl, processes. The
// fixture sees to it that each test begins and ends with nothing left.

#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/listener.h"
#include "tests/support/shell.h"
#include "tests/support/usage.h"

namespace gamesched::test {

// Name of the attached sched_ext scheduler; empty if none.
std::string ops();

// By sysrq-S, as an administrator does it.
void eject_the_scheduler();

// "Manager.Mode" as busctl shows it: s "auto".
std::string property(std::string name);

// The counters of org.gamesched1.Stats.
std::map<std::string, uint64_t> counters();

// org.gamesched1.Scheduler.Explain; empty if it fails.
using Explanation = std::map<std::string, sdbus::Variant>;
Explanation explain(uint32_t tid);

// 0 if the process has no such thread.
uint32_t thread_named(uint32_t pid, const std::string& name);

Output register_game(uint32_t pid, const std::string& options = "0");

// That a command ended with status 0; otherwise the failure shows what it said.
testing::AssertionResult succeeds(const Output& output);

// Runs a command in an active local session of the user "player". It must have no single quotes.
// `properties`: more options for systemd-run.
Output as_player(const std::string& command, const std::string& properties = "");

// The machine without polkit, until the end of the test.
class WithoutPolkit {
  public:
    WithoutPolkit() { EXPECT_TRUE(succeeds(sh("systemctl mask --runtime --now polkit"))); }
    WithoutPolkit(const WithoutPolkit&) = delete;
    WithoutPolkit& operator=(const WithoutPolkit&) = delete;
    ~WithoutPolkit() { EXPECT_TRUE(succeeds(sh("systemctl unmask --runtime polkit"))); }
};

// PID of the service's main process; 0 while there is none, or systemd does not answer.
pid_t service_pid();
// SIGKILL; until its next life answers.
void kill_service();

// What the service has; BPF's is that of the whole machine: what is there longer than it should be
// was ours.
struct Footprint {
    int descriptors, maps, programs;
    int trees;  // that the kernel counts tasks of
    uint64_t resident_kib;
};
Footprint footprint();

// Of all threads of the service, voluntary and not.
uint64_t context_switches();

// The same once nothing of the last test is under way any more (udev has its own time): the count
// to start from.
uint64_t settled_context_switches();

// What the kernel has found wrong since clear_kernel_log(); empty if nothing.
void clear_kernel_log();
std::string kernel_complaints();

// /tmp/reaper SteamLaunch AppId=N -- CMD…: what Steam starts a game with.
void make_reaper();

// A child that runs `body` and is killed and reaped at the end of the test, if it is still there.
class Child {
  public:
    template <typename Body>
    explicit Child(Body body) : pid_(fork()) {
        if (pid_ == 0) {
            body();
            _exit(0);
        }
    }
    Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    Child& operator=(Child&&) = delete;
    ~Child() { kill_and_reap(); }

    uint32_t pid() const { return static_cast<uint32_t>(pid_); }
    void reap() {
        if (pid_ > 0)
            waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    void kill_and_reap() {
        if (pid_ > 0)
            kill(pid_, SIGKILL);
        reap();
    }

  private:
    pid_t pid_;
};

// A process that waits for its end.
Child sleeper();

// A client that holds gaming mode, the only one.
Child holder();

// Computes for ever.
[[noreturn]] void spin();

// Flips pages at the pace of the screen's vblanks; takes the module bochs.
Child flips_pages();

// A child with so many threads that never sleep.
Child busy(int threads);

struct Turns {
    std::chrono::steady_clock::duration taken, period;
    std::chrono::steady_clock::duration phase{};              // when a period begins
    std::chrono::seconds work = std::chrono::seconds::max();  // of CPU time; then it ends
};

// A real-time task that takes its CPU for a part of each period, or for good if that is all of it.
Child real_time_hog(int cpu, const Turns& turns);

// Throw std::system_error. The current thread is 0; priority 0 is an ordinary task again.
void pin(pid_t thread, const std::vector<int>& cpus);
void become_real_time(int priority);

double cpu_seconds(const Child& child);

// How long the machine itself stood still at most, seen by real-time tasks that nothing in it can
// delay: an emulated machine stands still while its host does something else.
class StandstillWatch {
  public:
    StandstillWatch();
    uint64_t longest_usec();

  private:
    Child watch_;
};

constexpr uint64_t kBoundUsec = 100'000;  // background-bound-usec

// Nobody outside of games has waited longer since the scheduler was attached.
void expect_waits_within(uint64_t bound_usec, StandstillWatch watch);

// Runs the service with these lines in the [Service] section of its unit until it is destroyed.
class ServiceDropIn {
  public:
    explicit ServiceDropIn(const std::string& lines);
    ServiceDropIn(const ServiceDropIn&) = delete;
    ServiceDropIn& operator=(const ServiceDropIn&) = delete;
    ~ServiceDropIn();
};

// Each test begins and ends with nothing left, and an empty state is the truth.
struct Machine : testing::Test {
    void SetUp() override;
    void TearDown() override;
};

struct Vm : Machine {
    Listener listener;

    void TearDown() override;

    // The one game of this process has started and ended once.
    void expect_one_life(uint32_t pid);
};

}  // namespace gamesched::test

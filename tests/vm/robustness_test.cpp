// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What else a machine does while a game runs: it suspends, freezes, pins, forks, groups and hands
// CPUs to real-time tasks. The scheduler stays attached, nobody is forgotten, and waits keep their
// bound.

#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <filesystem>
#include <format>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <random>
#include <thread>

#include "tests/vm/group.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC

constexpr int kCpus = 2;

struct Robust : Vm {
    void SetUp() override {
        Vm::SetUp();
        clear_kernel_log();
    }
    void TearDown() override {
        EXPECT_TRUE(listener.trips().empty());
        EXPECT_EQ(kernel_complaints(), "");
        Vm::TearDown();
    }
    void expect_attached() {
        EXPECT_EQ(ops(), "gamesched");
        EXPECT_EQ(listener.State(), "attached") << listener.Reason();
    }
};

// ------------------------------------------------------------------ processes

// Memory that processes forked later share with us; T lives in it without a destructor.
template <typename T>
class Shared {
  public:
    Shared()
        : at_(mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
        if (at_ == MAP_FAILED)
            throw std::bad_alloc();
        new (at_) T();
    }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
    ~Shared() { munmap(at_, sizeof(T)); }
    T* get() const { return static_cast<T*>(at_); }
    T* operator->() const { return get(); }

  private:
    void* at_;
};

void signal_to(const Child& child, int number) {
    kill(static_cast<pid_t>(child.pid()), number);
}

std::vector<pid_t> threads_of(const Child& child) {
    std::vector<pid_t> threads;
    for (const auto& task : fs::directory_iterator(std::format("/proc/{}/task", child.pid())))
        threads.push_back(std::stoi(task.path().filename()));
    return threads;
}

bool runs(const Child& child) {
    const double before = cpu_seconds(child);
    return eventually([&] { return cpu_seconds(child) > before + 0.001; });
}

// ------------------------------------------------------------------ suspend

// The machine without its virtio console: its driver does not get the ports back after a suspend
// that resets the device (7.3), and all our output goes through one.
class WithoutConsole {
  public:
    WithoutConsole() : device_(sh(std::format("cd {} && echo virtio*", kDriver)).text) {
        std::this_thread::sleep_for(500ms);  // what is on its way arrives
        sh(std::format("echo {} > {}/unbind", device_, kDriver));
        std::cout << std::endl;  // is lost: makes the port's reader look for the next one
    }
    WithoutConsole(const WithoutConsole&) = delete;
    WithoutConsole& operator=(const WithoutConsole&) = delete;
    ~WithoutConsole() { sh(std::format("echo {} > {}/bind", device_, kDriver)); }

  private:
    static constexpr char kDriver[] = "/sys/bus/virtio/drivers/virtio_console";
    std::string device_;
};

Output suspend_up_to_the_processors() {
    const WithoutConsole without_console;
    return sh(
        "echo 1 > /sys/module/suspend/parameters/pm_test_delay; "
        "echo processors > /sys/power/pm_test && echo mem > /sys/power/state; status=$?; "
        "echo none > /sys/power/pm_test; exit $status");
}

TEST_F(Robust, ASuspendIsNoTripAndTheGameGoesOn) {
    const Child game = busy(1);
    const sdbus::ObjectPath object = listener.RegisterGame(game.pid(), {});
    for (int round = 0; round < usual_or_long(2, 50); ++round) {
        const std::string before = read_text("/sys/kernel/sched_ext/enable_seq");
        const Output suspended = suspend_up_to_the_processors();
        ASSERT_EQ(suspended.status, 0) << suspended.text;
        EXPECT_TRUE(eventually([&] {
            return read_text("/sys/kernel/sched_ext/enable_seq") != before &&
                   ops() == "gamesched" && listener.State() == "attached";
        })) << listener.State()
            << listener.Reason();
        EXPECT_TRUE(runs(game));
    }
    EXPECT_TRUE(read_text("/sys/power/pm_test").starts_with("[none]"));
    EXPECT_EQ(listener.Games(), std::vector{object});
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
}

// ------------------------------------------------------------------ freezing

void expect_only_the_other_runs(const Child& still, const Child& other) {
    const double still_before = cpu_seconds(still), other_before = cpu_seconds(other);
    std::this_thread::sleep_for(500ms);
    // A thread is said to have stopped a little before it leaves its CPU.
    EXPECT_LT(cpu_seconds(still), still_before + 0.02);
    EXPECT_GT(cpu_seconds(other), other_before + 0.1);
}

TEST_F(Robust, AGameThatIsStoppedOrFrozenGoesOnAndOthersRunMeanwhile) {
    const Child game = busy(4), other = busy(1);
    const Group group("robust-frozen");
    group.add(game);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    for (int round = 0; round < usual_or_long(3, 300); ++round) {
        signal_to(game, SIGSTOP);
        waitpid(static_cast<pid_t>(game.pid()), nullptr, WUNTRACED);
        expect_only_the_other_runs(game, other);
        signal_to(game, SIGCONT);
        EXPECT_TRUE(runs(game));
        group.set("cgroup.freeze", "1");
        EXPECT_TRUE(eventually([&] { return group.get("cgroup.events").contains("frozen 1"); }));
        expect_only_the_other_runs(game, other);
        group.set("cgroup.freeze", "0");
        EXPECT_TRUE(runs(game));
        for (int i = 0; i < 100; ++i)
            signal_to(game, i % 2 ? SIGCONT : SIGSTOP);
    }
    EXPECT_TRUE(runs(game));
    EXPECT_TRUE(runs(other));
    expect_attached();
}

// ------------------------------------------------------------------ affinity

// The CPU that a task runs on or stands at.
int cpu_of(pid_t thread) {
    constexpr int kProcessor = 39;  // proc_pid_stat(5)
    const std::string stat = read_text(std::format("/proc/{}/stat", thread));
    std::istringstream fields(stat.substr(stat.rfind(')') + 1));  // from the third on
    std::string field;
    for (int i = 2; i < kProcessor; ++i)
        fields >> field;
    return std::stoi(field);
}

uint64_t thread_ran_ns(pid_t thread) {
    return std::stoull(read_text(std::format("/proc/{}/schedstat", thread)));
}

struct Shuffled {
    int changes = 0, misplaced = 0;
};

// Lets threads run on one CPU, the other or both, in turn at random. As a real-time task, so that
// they cannot keep it from its work.
Shuffled shuffle_affinities(const std::vector<pid_t>& threads, std::chrono::seconds duration) {
    Shuffled result;
    std::mt19937 random(4242);
    std::map<pid_t, int> only;  // CPU; -1: all
    become_real_time(10);
    for (const auto end = Clock::now() + duration; Clock::now() < end;) {
        const pid_t thread = threads[random() % threads.size()];
        const int cpu = static_cast<int>(random() % (kCpus + 1)) - 1;
        if (cpu < 0)
            pin(thread, {0, 1});
        else
            pin(thread, {cpu});
        only[thread] = cpu;
        ++result.changes;
        for (const auto& [pinned, where] : only)
            result.misplaced += where >= 0 && cpu_of(pinned) != where;
        std::this_thread::sleep_for(2ms);
    }
    become_real_time(0);
    return result;
}

TEST_F(Robust, TasksWhoseAffinityChangesAllTheTimeStayWhereTheyMayRun) {
    const Child game = busy(2), others = busy(2);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    std::vector<pid_t> threads;
    for (const Child* child : {&game, &others}) {
        ASSERT_TRUE(eventually([&] { return threads_of(*child).size() == 2; }));
        std::ranges::copy(threads_of(*child), std::back_inserter(threads));
    }
    const auto duration = usual_or_long(6s, 600s);
    auto load = std::async(std::launch::async, [&] {
        return sh(std::format("stress-ng --affinity 1 --timeout {} --quiet", duration.count()));
    });
    const Shuffled shuffled = shuffle_affinities(threads, duration);
    EXPECT_EQ(load.get().status, 0);
    std::cout << shuffled.changes << " changes of affinity\n";
    EXPECT_GT(shuffled.changes, 50 * duration.count());
    EXPECT_EQ(shuffled.misplaced, 0);
    for (const pid_t thread : threads) {
        const uint64_t before = thread_ran_ns(thread);
        EXPECT_TRUE(eventually([&] { return thread_ran_ns(thread) > before; }, 5s)) << thread;
    }
    expect_attached();
}

// ------------------------------------------------------------------ many

struct Crowd {
    std::atomic<int> round = 0, ready = 0, ran = 0;
};

void futex(std::atomic<int>& word, int operation, int value) {
    syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0);
}

void* one_of_the_crowd(void* at) {
    auto* crowd = static_cast<Crowd*>(at);
    for (int round = 1;; ++round) {
        ++crowd->ready;
        while (crowd->round < round)
            futex(crowd->round, FUTEX_WAIT, round - 1);
        // All of them together have work for seconds, so that without rescue others would wait.
        for (const auto end = Clock::now() + 300us; Clock::now() < end;)
            asm volatile("");
        ++crowd->ran;
    }
}

Child crowd_of(int threads, Crowd* crowd) {
    return Child([=] {
        pthread_attr_t small;
        pthread_attr_init(&small);
        pthread_attr_setstacksize(&small, 32 * 1024);
        for (int i = 0; i < threads; ++i) {
            pthread_t thread = {};
            if (pthread_create(&thread, &small, one_of_the_crowd, crowd) != 0)
                _exit(1);
        }
        pause();
    });
}

TEST_F(Robust, TenThousandThreadsThatWakeUpAtOnceAllRunAndOthersKeepTheirBound) {
    constexpr int kThreads = 10'000;
    const Child keeps_it_attached = sleeper(), other = busy(1);
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    StandstillWatch watch;
    const Shared<Crowd> crowd;
    const Child game = crowd_of(kThreads, crowd.get());
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    for (int round = 1; round <= usual_or_long(3, 100); ++round) {
        ASSERT_TRUE(eventually([&] { return crowd->ready == round * kThreads; }, 60s))
            << crowd->ready;
        crowd->round = round;
        become_real_time(10);  // or the first that wake up would keep us from waking the others
        futex(crowd->round, FUTEX_WAKE, INT_MAX);
        become_real_time(0);
        EXPECT_TRUE(eventually([&] { return crowd->ran == round * kThreads; }, 60s)) << crowd->ran;
    }
    EXPECT_TRUE(runs(other));
    expect_attached();
    expect_waits_within(kBoundUsec, std::move(watch));
}

[[noreturn]] void fork_without_end() {
    for (;;) {
        if (fork() == 0 && getpid() % 2)
            _exit(0);
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
}

TEST_F(Robust, AGameThatForksWithoutEndLeavesTheDesktopAliveAndIsGoneWithItsGroup) {
    const Group group("robust-forks");
    group.set("pids.max", "200");
    Child game([] {
        raise(SIGSTOP);
        fork_without_end();
    });
    const uint32_t pid = game.pid();
    waitpid(static_cast<pid_t>(pid), nullptr, WUNTRACED);
    group.add(game);
    ASSERT_TRUE(succeeds(register_game(pid, "1 Scope s tree")));
    signal_to(game, SIGCONT);
    ASSERT_TRUE(eventually([&] { return group.get("pids.events") != "max 0"; }, 30s));
    std::chrono::duration<double> longest{};
    for (const auto end = Clock::now() + usual_or_long(8s, 300s); Clock::now() < end;) {
        const auto asked = Clock::now();
        EXPECT_EQ(sh("busctl call org.gamesched1 /org/gamesched1 org.gamesched1.Stats Get").status,
                  0);
        longest = std::max(longest, std::chrono::duration<double>(Clock::now() - asked));
    }
    std::cout << std::format("longest answer: {:.2f} s\n", longest.count());
    // Some 4.5 s on an emulated machine that shares its CPU with nobody.
    EXPECT_LT(longest, 15s);
    expect_attached();
    EXPECT_EQ(listener.exits_of(pid), 0u);
    group.set("cgroup.kill", "1");
    game.reap();
    expect_one_life(pid);
    EXPECT_TRUE(eventually([&] { return group.get("pids.current") == "0"; }));
}

// ------------------------------------------------------------------ CPUs that are taken

constexpr auto kTaken = 200ms, kTakenPeriod = 500ms;

void let_real_time_take_turns(Clock::duration second_phase) {
    const Child first = real_time_hog(0, {.taken = kTaken, .period = kTakenPeriod}),
                second = real_time_hog(
                    1, {.taken = kTaken, .period = kTakenPeriod, .phase = second_phase});
    const std::chrono::seconds duration = usual_or_long(4s, 300s);
    std::this_thread::sleep_for(duration);
    EXPECT_TRUE(sh(std::format("gamesched explain {}", first.pid())).text.contains("realtime"));
    for (const Child* hog : {&first, &second})
        EXPECT_GT(cpu_seconds(*hog), 0.2 * static_cast<double>(duration.count()));
}

TEST_F(Robust, RealTimeTasksThatTakeWholeCpusDelayOthersByThatTimeOnly) {
    const Child game = busy(1), other = busy(2);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    // The longest wait is of both times.
    StandstillWatch watch_of_both;
    {
        // One CPU is free at any time: what stands at the taken one must go there.
        StandstillWatch watch;
        let_real_time_take_turns(kTakenPeriod / 2);
        expect_waits_within(kBoundUsec, std::move(watch));
    }
    // There is no CPU for that long, and the next time is later than the bound.
    let_real_time_take_turns(0s);
    expect_waits_within(kTaken / 1us + kBoundUsec, std::move(watch_of_both));
    EXPECT_TRUE(runs(game));
    EXPECT_TRUE(runs(other));
    expect_attached();
}

TEST_F(Robust, AnOtherThatIsPinnedToTheCpuOfABusyPinnedGameKeepsItsBound) {
    const Child game = busy(1), other = busy(1);
    pin(static_cast<pid_t>(game.pid()), {0});
    pin(static_cast<pid_t>(other.pid()), {0});
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    StandstillWatch watch;
    // The kernel tells of a wait when it has ended: that it ends is another question.
    const std::chrono::seconds duration = usual_or_long(6s, 600s);
    for (auto second = 0s; second < duration && !HasFailure(); ++second) {
        const double before = cpu_seconds(other);
        std::this_thread::sleep_for(1s);
        EXPECT_GT(cpu_seconds(other), before) << "in second " << second.count();
    }
    EXPECT_TRUE(runs(game));
    expect_attached();
    expect_waits_within(kBoundUsec, std::move(watch));
}

// ------------------------------------------------------------------ groups

// Groups have the cpu controller while it exists, or for good if somebody else has wanted it.
class CpuController {
  public:
    CpuController() : was_there_(sh(std::format("grep -qw cpu {}", kFile)).status == 0) {
        EXPECT_EQ(sh(std::format("echo +cpu > {}", kFile)).status, 0);
    }
    CpuController(const CpuController&) = delete;
    CpuController& operator=(const CpuController&) = delete;
    ~CpuController() {
        if (!was_there_) {
            EXPECT_EQ(sh(std::format("echo -cpu > {}", kFile)).status, 0);
        }
    }

  private:
    static constexpr char kFile[] = "/sys/fs/cgroup/cgroup.subtree_control";

    bool was_there_;
};

TEST_F(Robust, NestedGroupsTasksAndWeightsMayChangeAtAnyMoment) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    const CpuController cpu_controller;  // from now on, while it is attached
    const Group top("robust-top"), top_tasks("robust-top/tasks"), middle("robust-top/middle");
    top.set("cgroup.subtree_control", "+cpu");
    const Group middle_tasks("robust-top/middle/tasks"), inner("robust-top/middle/inner");
    middle.set("cgroup.subtree_control", "+cpu");
    const std::array places = {&top_tasks, &middle_tasks, &inner};
    std::vector<Child> tasks;
    for (const Group* place : {&top_tasks, &middle_tasks, &inner, &inner}) {
        tasks.push_back(busy(2));
        place->add(tasks.back());
    }
    ASSERT_TRUE(succeeds(register_game(tasks.back().pid())));
    std::mt19937 random(4242);
    int changes = 0;
    for (const auto end = Clock::now() + usual_or_long(6s, 600s); Clock::now() < end; ++changes) {
        const Group short_lived(std::format("robust-top/middle/short-lived"));
        const Child& task = tasks[random() % tasks.size()];
        short_lived.set("cpu.weight", std::to_string(1 + random() % 10'000));
        short_lived.add(task);
        for (const Group* group : {&top, &top_tasks, &middle, &middle_tasks, &inner})
            group->set("cpu.weight", std::to_string(1 + random() % 10'000));
        places[random() % places.size()]->add(task);
    }
    std::cout << changes << " rounds\n";
    EXPECT_GT(changes, 10);
    for (const Child& task : tasks)
        EXPECT_TRUE(runs(task));
    expect_attached();
}

// ------------------------------------------------------------------ again and again

TEST_F(Robust, AttachingAndDetachingManyTimesUnderLoadLeavesNothingBehind) {
    constexpr int kWarmUp = 5;
    const int cycles = usual_or_long(10, 1000);
    // Nice, so that it is not only its own work that is done meanwhile.
    Child load([] {
        execlp("nice", "nice", "-n", "19", "stress-ng", "--fork", "1", "--switch", "1", "--quiet",
               nullptr);
    });
    const pid_t service = service_pid();
    Footprint before = {};
    for (int cycle = 0; cycle < cycles; ++cycle) {
        if (cycle == kWarmUp)
            before = footprint();
        listener.SetMode("on");
        expect_attached();
        listener.SetMode("off");
        EXPECT_EQ(ops(), "");
        EXPECT_EQ(listener.State(), "detached");
        if ((cycle + 1) % 50 == 0)
            std::cout << cycle + 1 << " cycles" << std::endl;
    }
    // The kernel frees what is BPF's when nobody can be using it any more.
    Footprint after = footprint();
    eventually([&] {
        after = footprint();
        return after.maps == before.maps && after.programs == before.programs;
    });
    std::cout << std::format("{} cycles: {} to {} file descriptors, {} to {} KiB\n", cycles,
                             before.descriptors, after.descriptors, before.resident_kib,
                             after.resident_kib);
    EXPECT_EQ(service_pid(), service);
    EXPECT_EQ(after.descriptors, before.descriptors);
    EXPECT_EQ(after.maps, before.maps);
    EXPECT_EQ(after.programs, before.programs);
    EXPECT_LE(after.resident_kib, before.resident_kib + 1024);
    listener.SetMode("auto");
    signal_to(load, SIGTERM);
    load.reap();
}

struct Frames {
    std::atomic<int> all = 0, late = 0;
};

TEST_F(Robust, AMixedLoadMakesNoStallAndAPeriodicGameThreadKeepsItsPace) {
    constexpr auto kFrame = 20ms;
    const auto duration = usual_or_long(20s, 1800s);
    const Shared<Frames> frames;
    const Child game([&] {
        std::thread(spin).detach();
        for (auto due = Clock::now();; ++frames->all) {
            std::this_thread::sleep_until(due += kFrame);
            frames->late += Clock::now() > due + kFrame / 2;
        }
    });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const Output load = sh(
        std::format("stress-ng --cpu 2 --fork 1 --switch 1 --futex 1 --pipe 1 --timeout {} --quiet",
                    duration.count()));
    EXPECT_EQ(load.status, 0) << load.text;
    const int all = frames->all, late = frames->late;
    std::cout << std::format("{} of {} frames were late by half a period\n", late, all);
    EXPECT_GT(all, 40 * duration.count());
    EXPECT_LT(late, all / 4);
    EXPECT_TRUE(runs(game));
    expect_attached();
}

}  // namespace
}  // namespace gamesched::test

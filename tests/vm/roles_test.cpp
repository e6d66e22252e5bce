// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Facts about threads and what follows from them: real devices of the kernel (uinput, a sound card
// without sound, a GPU without a screen), seen through Explain.

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

#include <atomic>
#include <format>
#include <iostream>
#include <semaphore>
#include <thread>

#include "tests/vm/gpu.h"
#include "tests/vm/group.h"
#include "tests/vm/input.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Roles = Vm;

std::string text(const Explanation& explanation, const std::string& key) {
    const auto found = explanation.find(key);
    return found == explanation.end() ? "(absent)" : found->second.get<std::string>();
}

uint64_t usec(const Explanation& explanation, const std::string& key) {
    const auto found = explanation.find(key);
    return found == explanation.end() ? 0 : found->second.get<uint64_t>();
}

std::string role_of(uint32_t tid) {
    return text(explain(tid), "Role");
}

// ------------------------------------------------------------------ input

TEST_F(Roles, WhoIsWokenByAnInputEventHasTheRoleWhileEventsCome) {
    for (const InputDevice* device : {&kMouse, &kKeyboard, &kGamepad}) {
        Input input(*device);
        const std::string path = input.path();
        const Child game([&] { read_events(path, [] {}); });
        ASSERT_TRUE(succeeds(register_game(game.pid())));
        {
            const std::jthread events = input.keep_sending();
            EXPECT_TRUE(eventually([&] { return role_of(game.pid()) == "input"; })) << device->name;
            const Explanation during = explain(game.pid());
            EXPECT_EQ(text(during, "Class"), "game");
            EXPECT_EQ(text(during, "Fact"), "woken by an input event");
            EXPECT_LT(usec(during, "FactAgeUSec"), 250'000u);
            std::this_thread::sleep_for(200ms);
        }
        std::this_thread::sleep_for(400ms);
        EXPECT_EQ(role_of(game.pid()), "none") << "fades when the events stop: " << device->name;
    }
    EXPECT_GT(counters()["FactsInput"], 30u);
}

// ------------------------------------------------------------------ chains

// input → futex → eventfd → pipe → pipe: one thread each.
[[noreturn]] void chain_game(const std::string& path) {
    static std::counting_semaphore<> first(0);
    static int event = eventfd(0, 0), pipe_a[2], pipe_b[2];
    if (pipe(pipe_a) != 0 || pipe(pipe_b) != 0)
        _exit(1);
    const auto named = [](const char* name, auto body) {
        std::thread([name, body] {
            prctl(PR_SET_NAME, name);
            for (;;)
                body();
        }).detach();
    };
    named("woken-1", [] {
        first.acquire();
        eventfd_write(event, 1);
    });
    named("woken-2", [] {
        eventfd_t value = 0;
        if (eventfd_read(event, &value) != 0 || ::write(pipe_a[1], "x", 1) != 1)
            _exit(1);
    });
    named("woken-3", [] {
        char byte = 0;
        if (::read(pipe_a[0], &byte, 1) != 1 || ::write(pipe_b[1], "x", 1) != 1)
            _exit(1);
    });
    named("woken-4", [] {
        char byte = 0;
        if (::read(pipe_b[0], &byte, 1) != 1)
            _exit(1);
    });
    read_events(path, [] { first.release(); });
}

TEST_F(Roles, WhomACriticalThreadWakesInheritsItsUrgencyLessWithEachStep) {
    Input input(kMouse);
    const std::string path = input.path();
    const Child game([&] { chain_game(path); });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_TRUE(eventually([&] { return thread_named(game.pid(), "woken-4") != 0; }));
    const std::jthread events = input.keep_sending();
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(role_of(game.pid()), "input");
    for (uint32_t distance = 1; distance <= 3; ++distance) {
        const Explanation woken =
            explain(thread_named(game.pid(), std::format("woken-{}", distance)));
        EXPECT_EQ(text(woken, "Role"), "chain") << distance;
        EXPECT_EQ(woken.contains("Distance") ? woken.at("Distance").get<uint32_t>() : 0, distance);
        EXPECT_TRUE(text(woken, "Fact").contains("role input")) << text(woken, "Fact");
    }
    EXPECT_EQ(role_of(thread_named(game.pid(), "woken-4")), "none") << "urgency ends somewhere";
}

// Three threads of the game compute on two CPUs while another waits for input, which comes from a
// real-time thread, so that there is nobody else to take a CPU from. Whether the CPU is taken is
// looked at and not how soon it is: one of two emulated CPUs runs at a time.
uint64_t preemptions_beside_computing_threads(Input& input, const std::string& path) {
    const Child game([&] {
        for (int i = 0; i < 3; ++i)
            std::thread(spin).detach();
        read_events(path, [] {});
    });
    EXPECT_TRUE(succeeds(register_game(game.pid())));
    std::this_thread::sleep_for(300ms);
    become_real_time(10);
    input.send_for(3s);
    become_real_time(0);
    return usec(explain(game.pid()), "Preempts");
}

TEST_F(Roles, InputIsServedBeforeTheGamesOwnComputingThreads) {
    Input input(kMouse);
    const std::string path = input.path();
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    ASSERT_EQ(sh("gamesched tune roles false").status, 0);
    const uint64_t without = preemptions_beside_computing_threads(input, path);
    ASSERT_EQ(sh("gamesched tune roles true").status, 0);
    const uint64_t with = preemptions_beside_computing_threads(input, path);
    std::cout << "CPUs taken from the game's own threads for input: " << with
              << ", without roles: " << without << '\n';
    EXPECT_GT(with, 50u);
    EXPECT_LT(without * 10, with);
}

// ------------------------------------------------------------------ audio, GPU, page flips

TEST_F(Roles, WhoIsWokenByAnAudioPeriodHasTheRoleAndTheInterruptedHasNot) {
    ASSERT_EQ(sh("modprobe snd-dummy").status, 0);
    const Child hogs = busy(2);
    ASSERT_TRUE(succeeds(register_game(hogs.pid())));
    const Child player([] {
        execlp("aplay", "aplay", "-q", "-D", "hw:Dummy", "--period-time=5333",
               "--buffer-time=21332", "-f", "S16_LE", "-r", "48000", "-c", "2", "/dev/zero",
               nullptr);
    });
    EXPECT_TRUE(eventually([&] { return role_of(player.pid()) == "audio"; }))
        << role_of(player.pid()) << property("Manager.Features");
    EXPECT_EQ(text(explain(player.pid()), "Class"), "session") << "it serves the session";
    EXPECT_EQ(role_of(hogs.pid()), "none") << "was interrupted, not woken";
    const auto counted = counters();
    EXPECT_GT(counted.at("FactsAudio"), 20u);
    EXPECT_GT(counted.at("GamePreemptions"), 10u) << "sound goes before a game that computes";
}

TEST_F(Roles, WhoGivesWorkToTheGpuHasTheRole) {
    const Gpu gpu, other_gpu;
    const auto submitter = [](const Gpu& to) {
        return Child([&] {
            for (;; usleep(10'000))
                to.work();
        });
    };
    const Child game = submitter(gpu), no_game = submitter(other_gpu);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(eventually([&] { return role_of(game.pid()) == "gpu"; })) << role_of(game.pid());
    EXPECT_EQ(role_of(no_game.pid()), "none") << "GPU work matters in games only";
    EXPECT_EQ(text(explain(no_game.pid()), "Class"), "other");
}

TEST_F(Roles, WhoIsWokenByPageFlipsHasTheRole) {
    ASSERT_EQ(sh("modprobe bochs").status, 0);
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_TRUE(property("Manager.Features").contains("role-compositor\" b true"))
        << property("Manager.Features");
    const Child compositor = flips_pages();
    EXPECT_TRUE(eventually([&] { return role_of(compositor.pid()) == "compositor"; }))
        << role_of(compositor.pid());
    EXPECT_TRUE(eventually([&] { return text(explain(compositor.pid()), "Class") == "session"; }))
        << "as soon as what it took to paint the first picture is forgotten";
}

// ------------------------------------------------------------------ the session

// A program of this name, and of this user, that sleeps, or computes for ever.
Child session_process(const std::string& name, bool computes, const std::string& owner = "root") {
    sh(
        std::format("mkdir -p /tmp/session && cp /bin/bash /tmp/session/{0} && "
                    "chown {1} /tmp/session/{0}",
                    name, owner));
    return Child([&] {
        const std::string path = "/tmp/session/" + name;
        execl(path.c_str(), name.c_str(), "-c",
              computes ? "while :; do :; done" : "while :; do sleep 0.01; : ; done", nullptr);
    });
}

TEST_F(Roles, TheSessionIsServedWithGamesWhileItUsesLittle) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const Child sound = session_process("pipewire", false), screen = session_process("sway", false),
                greedy = session_process("gnome-shell", true),
                nobody = session_process("nobody", false),
                impostor = session_process("weston", false, "other");
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(text(explain(sound.pid()), "Class"), "session");
    EXPECT_EQ(role_of(sound.pid()), "audio");
    EXPECT_EQ(text(explain(screen.pid()), "Class"), "session");
    EXPECT_EQ(role_of(screen.pid()), "compositor");
    EXPECT_TRUE(eventually([&] { return text(explain(greedy.pid()), "Class") == "other"; }))
        << "computes all the time";
    EXPECT_EQ(text(explain(nobody.pid()), "Class"), "other");
    EXPECT_EQ(text(explain(impostor.pid()), "Class"), "other") << "a user's own program";
}

// ------------------------------------------------------------------ groups

// Two children that compute in a group of this weight.
struct BusyGroup {
    Group group;
    Child first, second;
    BusyGroup(const std::string& name, int weight) : group(name), first(spin), second(spin) {
        group.set("cpu.weight", std::to_string(weight));
        group.add(first);
        group.add(second);
    }
    double used_in(std::chrono::seconds time) const {
        const double before = group.cpu_seconds();
        std::this_thread::sleep_for(time);
        return group.cpu_seconds() - before;
    }
};

// How much more CPU time the first gets than the second.
double advantage(const BusyGroup& a, const BusyGroup& b) {
    std::this_thread::sleep_for(1s);
    const double before = b.group.cpu_seconds(), used = a.used_in(6s);
    return used / (b.group.cpu_seconds() - before);
}

struct Groups : Vm {
    void SetUp() override {
        Vm::SetUp();
        ASSERT_EQ(sh("echo +cpu > /sys/fs/cgroup/cgroup.subtree_control").status, 0);
    }
};

TEST_F(Groups, WeightsCountOutsideOfGames) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    const BusyGroup light("weights-light", 20), heavy("weights-heavy", 500);
    const double ratio = advantage(heavy, light);
    heavy.group.set("cpu.weight", "20");
    light.group.set("cpu.weight", "500");
    const double reversed = advantage(light, heavy);
    std::cout << "weight 500 over weight 20: " << ratio << ", changed while running: " << reversed
              << '\n';
    EXPECT_GT(ratio, 1.7);
    EXPECT_GT(reversed, 1.7) << "weights change at once";
    EXPECT_EQ(ops(), "gamesched");
}

TEST_F(Groups, ALimitHasNoEffectWhileTheSchedulerIsAttachedAndIsBackAfterwards) {
    EXPECT_TRUE(property("Manager.Features").contains("cpu-max\" s \"the kernel does not enforce"));
    const BusyGroup limited("limited", 100);
    limited.group.set("cpu.max", "10000 100000");
    EXPECT_LT(limited.used_in(2s), 0.5) << "a tenth of a CPU";
    {
        const Child game = sleeper();
        ASSERT_TRUE(succeeds(register_game(game.pid())));
        EXPECT_GT(limited.used_in(2s), 1.5) << "Features: cpu-max";
    }
    ASSERT_TRUE(eventually([] { return ops().empty(); }));
    EXPECT_LT(limited.used_in(2s), 0.5) << "in force again";
}

// ------------------------------------------------------------------ frequency

TEST_F(Roles, CpusThatRunAGameAreAskedForTheirFullPerformance) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    const uint64_t before = counters()["FrequencyRequests"];
    const Child game([] {
        for (;;)
            usleep(20'000);
    });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    std::this_thread::sleep_for(2s);
    EXPECT_GT(counters()["FrequencyRequests"], before);
}

}  // namespace
}  // namespace gamesched::test

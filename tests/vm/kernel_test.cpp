// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What depends on the kernel; run on each of the range. Where a kernel's BTF is damaged the service
// says so and works without the scheduler.

#include <algorithm>
#include <array>
#include <atomic>
#include <format>
#include <iostream>
#include <map>
#include <thread>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

constexpr std::array kCapabilities = {"cap_sys_ptrace", "cap_perfmon", "cap_bpf"};

struct Kernel : Vm {
    void SetUp() override {
        damaged = property("Scheduler.Reason").contains("damaged");
        if (!damaged)
            Vm::SetUp();
    }
    void TearDown() override {
        if (!damaged)
            Vm::TearDown();
        EXPECT_EQ(sh("systemctl is-active gameschedd").text, "active");
    }
    bool damaged = false;
};

TEST_F(Kernel, AttachesCarriesLoadAndDetachesOrSaysWhyNot) {
    clear_kernel_log();
    const Output mode = sh("gamesched mode on");
    EXPECT_EQ(mode.status, 0) << mode.text;
    std::cout << sh("uname -r; gamesched status --all").text << '\n';
    if (damaged) {
        EXPECT_EQ(property("Scheduler.State"), "s \"unsupported\"");
        EXPECT_EQ(ops(), "");
    } else {
        EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
        EXPECT_EQ(
            sh("stress-ng --cpu 4 --fork 2 --switch 2 --affinity 1 --timeout 30 --quiet").status,
            0);
        EXPECT_EQ(ops(), "gamesched") << sh("gamesched status; dmesg | tail -40").text;
        EXPECT_GT(counters()["QueuedOther"], 0u);
    }
    EXPECT_EQ(sh("gamesched mode auto").status, 0);
    EXPECT_TRUE(eventually([] { return read_text("/sys/kernel/sched_ext/state") == "disabled"; }));
    EXPECT_EQ(sh("dmesg | grep -iE 'stall|BUG:|WARNING|oops|lockup'").text, "");
}

TEST_F(Kernel, AnEjectionIsToldByTheKernelsExitRecord) {
    if (damaged) {
        const Output restart = sh("gamesched restart");
        EXPECT_NE(restart.status, 0);
        EXPECT_TRUE(restart.text.contains("damaged")) << restart.text;
        return;
    }
    sh("gamesched mode on");
    ASSERT_EQ(ops(), "gamesched");
    eject_the_scheduler();
    EXPECT_TRUE(eventually([] { return property("Scheduler.State") == "s \"ejected\""; }));
    EXPECT_EQ(ops(), "");
    EXPECT_TRUE(property("Scheduler.Reason").contains("sysrq")) << property("Scheduler.Reason");
    ASSERT_TRUE(eventually([&] { return listener.trips().size() == 1; }));
    EXPECT_EQ(listener.trips().front().kind, "sysrq");
    EXPECT_EQ(listener.trips().front().action, "retry");
    const Output restart = sh("gamesched restart");
    EXPECT_EQ(restart.status, 0) << restart.text;
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_EQ(sh("gamesched mode auto").status, 0);
}

TEST_F(Kernel, AKilledServiceKnowsItsGamesAndHoldsAgain) {
    if (damaged)
        return;
    const Child client = holder();
    const std::string holds = property("Manager.Holds");
    clear_kernel_log();
    const Child game = sleeper();
    Child ends_meanwhile = sleeper();
    const uint32_t ended = ends_meanwhile.pid();
    const std::string object = register_game(game.pid(), "1 Scope s tree").text;
    ASSERT_TRUE(succeeds(register_game(ended, "1 Scope s tree")));
    const pid_t service = service_pid();
    kill(service, SIGKILL);
    ends_meanwhile.kill_and_reap();
    EXPECT_TRUE(eventually([] { return sh("dmesg").text.contains("\"gamesched\" disabled"); }))
        << "the kernel goes back to its own scheduler";
    EXPECT_TRUE(eventually(
        [&] { return service_pid() != service && service_pid() != 0 && ops() == "gamesched"; },
        std::chrono::seconds(60)));
    EXPECT_EQ(register_game(game.pid()).text, object) << "the same id";
    EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
    EXPECT_EQ(property("Manager.Holds"), holds);
    expect_one_life(ended);
    EXPECT_EQ(listener.starts_of(game.pid()), 1u);
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    EXPECT_TRUE(succeeds(sh("gamesched restart")));
    ASSERT_EQ(listener.trips().size(), 1u);
    EXPECT_EQ(listener.trips().front().kind, "service");
}

// What the kernel says, the service's State, and the kernel again, as often as possible while the
// scheduler comes and goes.
TEST_F(Kernel, StateAgreesWithTheKernelAtEveryMoment) {
    if (damaged)
        return;
    std::atomic<bool> done = false;
    std::map<std::string, int> seen;
    std::jthread looking([&] {
        Listener client;
        while (!done) {
            const std::string before = read_text("/sys/kernel/sched_ext/state");
            const std::string state = client.State();
            if (read_text("/sys/kernel/sched_ext/state") == before)
                ++seen[state + ", " + before];
        }
    });
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(sh("gamesched mode on").status, 0);
        eject_the_scheduler();
        EXPECT_TRUE(eventually([] { return ops().empty(); }));
        EXPECT_TRUE(succeeds(sh("gamesched restart")));
        EXPECT_EQ(sh("gamesched mode auto").status, 0);
        EXPECT_TRUE(eventually([] { return ops().empty(); }));
    }
    done = true;
    looking.join();
    for (const auto& [pair, times] : seen) {
        std::cout << pair << ": " << times << '\n';
        EXPECT_FALSE(pair == "attached, disabled" || pair == "detached, enabled" ||
                     pair == "ejected, enabled")
            << pair;
    }
    EXPECT_TRUE(seen.contains("attached, enabled") && seen.contains("detached, disabled"));
}

struct WithCapabilities : ServiceDropIn {
    explicit WithCapabilities(const std::string& list)
        : ServiceDropIn("CapabilityBoundingSet=\\nCapabilityBoundingSet=" + list) {}
};

std::string all_but(std::string_view left_out) {
    std::string list;
    for (const char* capability : kCapabilities)
        if (capability != left_out)
            list += std::string(capability) + ' ';
    std::ranges::transform(list, list.begin(),
                           [](char c) { return static_cast<char>(std::toupper(c)); });
    return list;
}

bool process_events_work() {
    return property("Manager.Features").contains("\"process-events\" b true");
}

// Whether the executable of another user's game is found.
bool executables_are_read() {
    sh("systemd-run --quiet --uid=other --unit=test-game sleep 60");
    const std::string pid = sh("systemctl show -P MainPID test-game").text;
    const std::string object =
        sh("gamesched register --json " + pid + "; gamesched games --json").text;
    sh("systemctl stop test-game");
    eventually([] { return property("Manager.Games") == "ao 0"; });
    return object.contains("\"Executable\": \"/usr/bin/sleep\"");
}

TEST_F(Kernel, TheUnitHasTheCapabilitiesThatAreNeededAndNoOther) {
    std::string all;
    for (const char* capability : kCapabilities)
        all += (all.empty() ? "" : " ") + std::string(capability);
    EXPECT_EQ(sh("systemctl show -P CapabilityBoundingSet gameschedd").text, all);
    EXPECT_TRUE(process_events_work());
    EXPECT_TRUE(executables_are_read());
    for (const char* needed : {"cap_bpf", "cap_perfmon"}) {
        const WithCapabilities without(all_but(needed));
        EXPECT_FALSE(process_events_work()) << needed << " is not needed";
        EXPECT_EQ(property("Scheduler.State"), "s \"unsupported\"") << needed;
    }
    {
        const WithCapabilities without(all_but("cap_sys_ptrace"));
        EXPECT_FALSE(executables_are_read()) << "cap_sys_ptrace is not needed";
    }
    EXPECT_TRUE(process_events_work());
}

}  // namespace
}  // namespace gamesched::test

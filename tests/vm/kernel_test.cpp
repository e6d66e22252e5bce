// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What depends on the kernel; run on each of the range. Where a kernel's BTF is damaged the service
// says so and works without the scheduler.

#include <algorithm>
#include <array>
#include <format>
#include <iostream>

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
    sh("echo S > /proc/sysrq-trigger");
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

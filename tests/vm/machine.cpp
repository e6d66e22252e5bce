// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/vm/machine.h"

#include <sched.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <format>
#include <fstream>
#include <iostream>
#include <system_error>
#include <thread>

#include "tests/support/subscriber.h"
#include "tests/support/usage.h"

namespace gamesched::test {
namespace {

constexpr char kService[] = "org.gamesched1 /org/gamesched1 org.gamesched1.";
constexpr char kDropIns[] = "/run/systemd/system/gameschedd.service.d";

void restart_with_changed_unit() {
    sh("systemctl daemon-reload; systemctl reset-failed gameschedd; systemctl restart gameschedd");
}

// Not by busctl: each test asks twice, and to start a program takes an emulated machine long.
void expect_nothing_is_left() {
    const auto service =
        sdbus::createProxy(sdbus::createSystemBusConnection(), sdbus::ServiceName("org.gamesched1"),
                           sdbus::ObjectPath("/org/gamesched1"), sdbus::dont_run_event_loop_thread);
    const auto is_left = [&] {
        try {
            return !service->getProperty("Games")
                        .onInterface("org.gamesched1.Manager")
                        .get<std::vector<sdbus::ObjectPath>>()
                        .empty() ||
                   service->getProperty("State")
                           .onInterface("org.gamesched1.Scheduler")
                           .get<std::string>() != "detached" ||
                   !ops().empty();
        } catch (const sdbus::Error&) {
            return true;
        }
    };
    EXPECT_TRUE(eventually([&] { return !is_left(); }, std::chrono::seconds(20)))
        << "games: " << property("Manager.Games") << ", attached: \"" << ops()
        << "\", state: " << property("Scheduler.State") << property("Scheduler.Reason");
}

int64_t real_time_threads(uint32_t pid) {
    const std::filesystem::directory_iterator threads(std::format("/proc/{}/task", pid));
    return std::ranges::count_if(threads, [](const auto& thread) {
        return sched_getscheduler(std::stoi(thread.path().filename())) == SCHED_FIFO;
    });
}

// The scheduler stays attached for a shorter time than by default, so that the tests take less of
// it.
class ShortLinger : public testing::Environment {
    void SetUp() override {
        sh("mkdir -p /etc/gamesched/gamesched.conf.d && "
           "echo 'linger-msec = 300' > /etc/gamesched/gamesched.conf.d/test.toml");
        EXPECT_EQ(sh("gamesched reload").status, 0);
    }
};

[[maybe_unused]] const testing::Environment* const kShortLinger =
    testing::AddGlobalTestEnvironment(new ShortLinger);

}  // namespace

std::string ops() {
    return read_text("/sys/kernel/sched_ext/root/ops");
}

void eject_the_scheduler() {
    std::ofstream("/proc/sysrq-trigger") << 'S';
}

std::string property(std::string name) {
    name.replace(name.find('.'), 1, " ");
    return sh(std::format("busctl get-property {}{}", kService, name)).text;
}

std::map<std::string, uint64_t> counters() {
    std::map<std::string, uint64_t> all;
    for (const auto& [name, value] : Subscriber().Get())
        if (value.containsValueOfType<uint64_t>())
            all[name] = value.get<uint64_t>();
    return all;
}

Explanation explain(uint32_t tid) {
    Explanation explanation;
    const auto connection = sdbus::createSystemBusConnection();
    const auto proxy = sdbus::createProxy(*connection, sdbus::ServiceName("org.gamesched1"),
                                          sdbus::ObjectPath("/org/gamesched1"));
    try {
        proxy->callMethod("Explain")
            .onInterface("org.gamesched1.Scheduler")
            .withArguments(tid)
            .storeResultsTo(explanation);
    } catch (const sdbus::Error& error) {
        ADD_FAILURE() << "Explain " << tid << ": " << error.what();
    }
    return explanation;
}

uint32_t thread_named(uint32_t pid, const std::string& name) {
    for (const auto& task : std::filesystem::directory_iterator(std::format("/proc/{}/task", pid)))
        if (read_text(task.path() / "comm") == name)
            return static_cast<uint32_t>(std::stoul(task.path().filename()));
    return 0;
}

Output register_game(uint32_t pid, const std::string& options) {
    return sh(std::format("busctl --timeout=60 call {}Manager RegisterGame 'ua{{sv}}' {} {}",
                          kService, pid, options));
}

testing::AssertionResult succeeds(const Output& output) {
    if (output.status == 0)
        return testing::AssertionSuccess();
    return testing::AssertionFailure() << "status " << output.status << ": " << output.text;
}

Output as_player(const std::string& command, const std::string& properties) {
    return sh(
        "systemd-run --quiet --wait --pipe --uid=player -p PAMName=login -p TTYPath=/dev/tty1 "
        "-p Environment='XDG_SEAT=seat0 XDG_VTNR=1' " +
        properties + " -- sh -c '" + command + "'");
}

pid_t service_pid() {
    const Output shown = sh("systemctl show -P MainPID gameschedd");
    return shown.status == 0 ? std::stoi(shown.text) : 0;
}

void kill_service() {
    const pid_t service = service_pid();
    ASSERT_GT(service, 0);
    ASSERT_EQ(kill(service, SIGKILL), 0);
    EXPECT_TRUE(eventually(
        [&] { return service_pid() != service && property("Manager.Version").starts_with("s "); },
        std::chrono::seconds(30)));
}

Footprint footprint() {
    const auto lines = [](const std::string& listing) {
        return std::stoi(sh(listing + " | wc -l").text);
    };
    return {.descriptors = lines(std::format("ls /proc/{}/fd", service_pid())),
            .maps = lines("bpftool map list | grep '^[0-9]*:'"),
            .programs = lines("bpftool prog list | grep '^[0-9]*:'"),
            .trees = lines("bpftool map dump name gs_trees | grep '\"key\"'"),
            .resident_kib = resident_kib(service_pid())};
}

uint64_t context_switches() {
    return std::stoull(
        sh(std::format(
               "cat /proc/{}/task/*/status | awk '/ctxt_switches/ {{n += $2}} END {{print n}}'",
               service_pid()))
            .text);
}

uint64_t settled_context_switches() {
    uint64_t count = context_switches();
    for (int tries = 0; tries < 10; ++tries) {
        std::this_thread::sleep_for(std::chrono::seconds(3));
        const uint64_t before = std::exchange(count, context_switches());
        if (count == before)
            return count;
    }
    ADD_FAILURE() << "it does not come to rest";
    return count;
}

void clear_kernel_log() {
    sh("dmesg --clear");
}

// That the scheduler comes and goes, with CPUs too, is what the tests are about.
std::string kernel_complaints() {
    return sh("dmesg | grep -iE 'sched_ext|stall|\\bBUG\\b|WARNING|oops|lockup' | grep -vE "
              "'enabled|disabled|cpu [0-9]+ going (on|off)line'")
        .text;
}

void make_reaper() {
    sh("printf '#!/bin/sh\\nshift 3\\n\"$@\"\\n:\\n' > /tmp/reaper && chmod +x /tmp/reaper");
}

void spin() {
    for (;;)
        asm volatile("");
}

// modetest does it until its standard input ends.
Child flips_pages() {
    const std::string output =
        sh("modetest -M bochs-drm -c | awk '$3 == \"connected\" {print $1; exit}'").text;
    EXPECT_FALSE(output.empty()) << "no screen is connected";
    return Child([&] {
        int never_ends[2];
        if (pipe(never_ends) != 0 || dup2(never_ends[0], STDIN_FILENO) < 0)
            _exit(1);
        execlp("modetest", "modetest", "-M", "bochs-drm", "-v", "-s",
               (output + ":1024x768").c_str(), nullptr);
    });
}

Child busy(int threads) {
    return Child([threads] {
        for (int i = 1; i < threads; ++i)
            std::thread(spin).detach();
        spin();
    });
}

void pin(pid_t thread, const std::vector<int>& cpus) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : cpus)
        CPU_SET(static_cast<unsigned>(cpu), &set);
    if (sched_setaffinity(thread, sizeof(set), &set) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setaffinity");
}

void become_real_time(int priority) {
    const sched_param param = {.sched_priority = priority};
    if (sched_setscheduler(0, priority ? SCHED_FIFO : SCHED_OTHER, &param) != 0)
        throw std::system_error(errno, std::generic_category(), "sched_setscheduler");
}

Child real_time_hog(int cpu, const Turns& turns) {
    return Child([&] {
        pin(0, {cpu});
        become_real_time(50);
        while (clock() / CLOCKS_PER_SEC < turns.work.count()) {
            const auto now = std::chrono::steady_clock::now().time_since_epoch() - turns.phase;
            const auto since_begin = now % turns.period;
            if (since_begin >= turns.taken)
                std::this_thread::sleep_for(turns.period - since_begin);
        }
    });
}

Child holder() {
    Child client([] { execlp("gamesched", "gamesched", "hold", "--", "sleep", "600", nullptr); });
    EXPECT_TRUE(eventually([] { return property("Manager.Holds").starts_with("aa{sv} 1 "); }));
    return client;
}

Child sleeper() {
    return Child([] { pause(); });
}

double cpu_seconds(const Child& child) {
    return cpu_seconds(static_cast<pid_t>(child.pid()));
}

StandstillWatch::StandstillWatch()
    : watch_([] {
          execlp("sh", "sh", "-c", "exec cyclictest -q -p 99 -S -i 10000 > /tmp/standstill.$$",
                 nullptr);
      }) {
    // Until then they are tasks that others delay, and that can wait for one CPU only.
    EXPECT_TRUE(eventually(
        [this] { return real_time_threads(watch_.pid()) == std::thread::hardware_concurrency(); }));
}

uint64_t StandstillWatch::longest_usec() {
    const uint32_t pid = watch_.pid();
    kill(static_cast<pid_t>(pid), SIGINT);
    watch_.reap();
    return std::stoull(
        sh(std::format("sed -n 's/.*Max: *//p' /tmp/standstill.{} | sort -n | tail -n 1", pid))
            .text);
}

void expect_waits_within(uint64_t bound_usec, StandstillWatch watch) {
    const uint64_t waited = counters()["MaxWaitOtherUSec"], stood_still = watch.longest_usec();
    std::cout << std::format(
        "longest wait of others: {} us; the machine stood still for up to {} "
        "us\n",
        waited, stood_still);
    EXPECT_GT(waited, 0u);
    // A wait may meet a standstill at its beginning and one at its end.
    EXPECT_LE(waited, bound_usec + 2 * stood_still);
}

ServiceDropIn::ServiceDropIn(const std::string& lines) {
    sh(std::format("mkdir -p {0}; printf '[Service]\n{1}\n' > {0}/test.conf", kDropIns, lines));
    restart_with_changed_unit();
}

ServiceDropIn::~ServiceDropIn() {
    sh(std::format("rm {}/test.conf", kDropIns));
    restart_with_changed_unit();
}

void Machine::SetUp() {
    expect_nothing_is_left();
}

void Machine::TearDown() {
    expect_nothing_is_left();
}

void Vm::TearDown() {
    Machine::TearDown();
    EXPECT_EQ(listener.started().size(), listener.exited().size());
}

void Vm::expect_one_life(uint32_t pid) {
    EXPECT_TRUE(eventually([&] { return listener.exits_of(pid) >= 1; })) << "GameExited of " << pid;
    EXPECT_EQ(listener.starts_of(pid), 1u);
    EXPECT_EQ(listener.exits_of(pid), 1u);
}

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The installed service under systemd, on a kernel with sched_ext, with the real bus, polkit and processes.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <format>
#include <iostream>
#include <random>
#include <thread>

#include "tests/support/listener.h"
#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

constexpr char kCall[] = "busctl call org.gamesched1 /org/gamesched1 org.gamesched1.Manager ";
constexpr char kGet[] = "busctl get-property org.gamesched1 /org/gamesched1 org.gamesched1.";

std::string ops() {
    return read_text("/sys/kernel/sched_ext/root/ops");
}

// "Manager.Mode", as busctl shows it.
std::string property(std::string name) {
    name.replace(name.find('.'), 1, " ");
    return sh(kGet + name).text;
}

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
    void kill_and_reap() {
        if (pid_ <= 0)
            return;
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }

  private:
    pid_t pid_;
};

Child sleeper() {
    return Child([] { pause(); });
}

Output register_game(uint32_t pid, const std::string& options = "0") {
    return sh(std::format("{}RegisterGame 'ua{{sv}}' {} {}", kCall, pid, options));
}

uint64_t context_switches() {
    const std::string pid = sh("systemctl show -P MainPID gameschedd").text;
    return std::stoull(sh("cat /proc/" + pid + "/task/*/status | awk '/ctxt_switches/ {n += $2} END {print n}'").text);
}

struct Vm : testing::Test {
    Listener listener;

    void SetUp() override {
        ASSERT_TRUE(eventually([] { return property("Manager.Games") == "ao 0"; })) << property("Manager.Games");
        ASSERT_TRUE(eventually([] { return ops().empty(); })) << ops();
    }
    // Each test ends with nothing left, and an empty state is the truth.
    void TearDown() override {
        EXPECT_TRUE(eventually([] { return property("Manager.Games") == "ao 0"; })) << property("Manager.Games");
        EXPECT_TRUE(eventually([] { return ops().empty() && property("Scheduler.State") == "s \"detached\""; }))
            << ops() << property("Scheduler.State") << property("Scheduler.Reason");
        EXPECT_EQ(listener.started().size(), listener.exited().size());
    }
    void expect_one_life(uint32_t pid) {
        EXPECT_TRUE(eventually([&] { return listener.exits_of(pid) >= 1; })) << "GameExited of " << pid;
        EXPECT_EQ(listener.starts_of(pid), 1u);
        EXPECT_EQ(listener.exits_of(pid), 1u);
    }
};

TEST_F(Vm, IntrospectionShowsTheContract) {
    const std::string shown = sh("busctl introspect org.gamesched1 /org/gamesched1").text;
    for (const char* member : {".RegisterGame ", ".RegisterGameByPidFd ", ".UnregisterGame ", ".Hold ", ".Release ",
                               ".SetMode ", ".Reload ", ".GameStarted ", ".GameExited ", ".HoldReleased ", ".Features ",
                               ".SetTunable ", ".Restart ", ".WatchdogTripped ", ".State ", ".GetManagedObjects "})
        EXPECT_NE(shown.find(member), std::string::npos) << member;
}

TEST_F(Vm, TheReplyToRegisterComesAfterTheSchedulerIsAttached) {
    const Child game = sleeper();
    const Output reply = register_game(game.pid());
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_EQ(reply.status, 0) << reply.text;
    EXPECT_TRUE(reply.text.starts_with("o \"/org/gamesched1/game/")) << reply.text;
    EXPECT_EQ(property("Manager.Active"), "b true");
    EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
    EXPECT_EQ(register_game(game.pid()).text, reply.text) << "registering again is a success";
}

TEST_F(Vm, GdbusAloneCanRegisterAndRead) {
    const Child game = sleeper();
    const Output reply = sh(std::format("gdbus call --system -d org.gamesched1 -o /org/gamesched1 "
                                        "-m org.gamesched1.Manager.RegisterGame {} '{{\"Name\": <\"My game\">}}'",
                                        game.pid()));
    EXPECT_EQ(reply.status, 0) << reply.text;
    const std::string objects = sh("gdbus call --system -d org.gamesched1 -o /org/gamesched1 "
                                   "-m org.freedesktop.DBus.ObjectManager.GetManagedObjects").text;
    EXPECT_NE(objects.find("'Name': <'My game'>"), std::string::npos) << objects;
}

TEST_F(Vm, AKilledProcessWithThreadsAndChildrenEndsOnce) {
    Child game([] {
        if (fork() == 0) {
            alarm(5);
            pause();
        }
        std::jthread thread([] { pause(); });
        pause();
    });
    ASSERT_EQ(register_game(game.pid()).status, 0);
    std::this_thread::sleep_for(300ms);
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Vm, ExecByAThreadIsNoEnd) {
    Child game([] {
        std::jthread thread([] {
            usleep(500'000);
            execlp("sleep", "sleep", "2", nullptr);
        });
        pause();
    });
    ASSERT_EQ(register_game(game.pid(), "1 Scope s tree").status, 0);
    ASSERT_TRUE(eventually([&] { return read_text(std::format("/proc/{}/comm", game.pid())) == "sleep"; }));
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    expect_one_life(game.pid());
}

TEST_F(Vm, AGameThatDaemonisesLastsAsLongAsItsTree) {
    Child game([] {
        usleep(500'000);
        if (fork() == 0) {
            setsid();
            usleep(1'500'000);
            _exit(0);
        }
    });
    ASSERT_EQ(register_game(game.pid(), "1 Scope s tree").status, 0);
    waitpid(static_cast<pid_t>(game.pid()), nullptr, 0);
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    expect_one_life(game.pid());
}

TEST_F(Vm, ProcessScopeEndsWithTheProcess) {
    Child game([] {
        usleep(500'000);
        if (fork() == 0) {
            setsid();
            usleep(3'000'000);
            _exit(0);
        }
    });
    ASSERT_EQ(register_game(game.pid()).status, 0);
    waitpid(static_cast<pid_t>(game.pid()), nullptr, 0);
    EXPECT_TRUE(eventually([&] { return listener.exits_of(game.pid()) == 1; }, 2s));
    expect_one_life(game.pid());
}

// What Steam starts: reaper SteamLaunch AppId=N -- COMMAND.
void make_reaper() {
    sh("printf '#!/bin/sh\\nshift 3\\n\"$@\"\\n:\\n' > /tmp/reaper && chmod +x /tmp/reaper");
}

TEST_F(Vm, AChildOfSteamsReaperIsFoundByItsEvents) {
    make_reaper();
    const Output reaper = sh("/tmp/reaper SteamLaunch AppId=4242 -- sleep 1; true");
    ASSERT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
    ASSERT_EQ(listener.started().size(), 1u);
    const Started game = listener.started().front();
    EXPECT_EQ(game.app_id, "4242");
    EXPECT_EQ(game.source, "detected");
    EXPECT_EQ(game.name, "sleep");
    expect_one_life(game.pid);
}

TEST_F(Vm, GamesThatExitInTheirFirstMillisecondStartAndEndOnce) {
    make_reaper();
    sh("for i in 1 2 3 4 5 6 7 8 9 10; do /tmp/reaper SteamLaunch AppId=$i -- /bin/true; done");
    EXPECT_TRUE(eventually([&] { return listener.exited().size() >= 10; }));
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(listener.started().size(), 10u);
    EXPECT_EQ(listener.exited().size(), 10u);
    for (const Started& game : listener.started())
        EXPECT_EQ(listener.exits_of(game.pid), 1u);
}

TEST_F(Vm, RunGivesTheCommandsOwnStatus) {
    EXPECT_EQ(sh("gamesched run -- sh -c 'exit 7'").status, 7);
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
}

TEST_F(Vm, TwoHundredGamesStartedAndKilledAtRandomLoseNothing) {
    std::mt19937 random(4242);
    std::vector<Child> games;
    for (int i = 0; i < 200; ++i)
        games.push_back(sleeper());
    std::vector<uint32_t> pids;
    for (size_t i = 0; i < games.size(); ++i) {
        pids.push_back(games[i].pid());
        listener.RegisterGame(games[i].pid(), {{"Scope", sdbus::Variant(std::string(i % 2 ? "tree" : "process"))}});
        if (random() % 2)
            games[random() % (i + 1)].kill_and_reap();
    }
    games.clear();
    EXPECT_TRUE(eventually([&] { return listener.exited().size() >= 200; }, 20s));
    for (const uint32_t pid : pids)
        expect_one_life(pid);
}

TEST_F(Vm, ExitsAreToldWithoutAPeriodInThePath) {
    const Child keeps_it_attached = sleeper();
    ASSERT_EQ(register_game(keeps_it_attached.pid()).status, 0);
    std::vector<uint64_t> latencies;
    for (int i = 0; i < 200; ++i) {
        Child game = sleeper();
        const uint32_t pid = game.pid();
        listener.RegisterGame(pid, {});
        game.kill_and_reap();
        ASSERT_TRUE(eventually([&] { return listener.exits_of(pid) == 1; }));
        const auto exits = listener.exited();
        const auto exit = std::ranges::find(exits, pid, &Exited::pid);
        ASSERT_LE(exit->ended_usec, exit->arrived_usec);
        latencies.push_back(exit->arrived_usec - exit->ended_usec);
    }
    std::ranges::sort(latencies);
    std::cout << std::format("exit latency over {} exits: median {} us, p99 {} us, max {} us\n", latencies.size(),
                             latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100],
                             latencies.back());
}

TEST_F(Vm, IdleMeansNoContextSwitchIn60Seconds) {
    std::this_thread::sleep_for(2s);
    const uint64_t before = context_switches();
    std::this_thread::sleep_for(60s);
    EXPECT_EQ(context_switches(), before);
}

TEST_F(Vm, AThousandUninterestingExecsDoNotWakeIt) {
    std::this_thread::sleep_for(2s);
    const uint64_t before = context_switches();
    sh("i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done");
    EXPECT_EQ(context_switches(), before);
}

TEST_F(Vm, AKilledServiceKnowsItsGamesAgain) {
    const Child game = sleeper();
    const std::string object = register_game(game.pid(), "1 Scope s tree").text;
    const std::string service = sh("systemctl show -P MainPID gameschedd").text;
    sh("kill -9 " + service);
    EXPECT_TRUE(eventually([&] {
        const std::string now = sh("systemctl show -P MainPID gameschedd").text;
        return now != service && now != "0" && ops() == "gamesched";
    }, 30s));
    EXPECT_EQ(register_game(game.pid()).text, object) << "the same id";
    EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
    EXPECT_EQ(listener.starts_of(game.pid()), 1u);
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
}

TEST_F(Vm, AHoldLastsAsLongAsItsClient) {
    EXPECT_EQ(sh("gamesched hold --reason test -- cat /sys/kernel/sched_ext/root/ops").text, "gamesched");
    EXPECT_EQ(property("Manager.Holds"), "aa{sv} 0");
    sh("setsid gamesched hold -- sleep 60 > /dev/null 2>&1 &");
    ASSERT_TRUE(eventually([] { return property("Manager.Active") == "b true"; }));
    sh("pkill -9 -x gamesched; pkill -x sleep");
    EXPECT_TRUE(eventually([] { return property("Manager.Active") == "b false"; }));
}

TEST_F(Vm, AWrongConfigurationIsNamedAndChangesNothing) {
    sh("mkdir -p /etc/gamesched && printf 'mode = \"auto\"\\nlinger-msec = \"soon\"\\n' > /etc/gamesched/gamesched.toml");
    const Output reload = sh("gamesched reload");
    EXPECT_EQ(reload.status, 1);
    EXPECT_NE(reload.text.find("/etc/gamesched/gamesched.toml:2: linger-msec"), std::string::npos) << reload.text;
    sh("rm /etc/gamesched/gamesched.toml");
    EXPECT_EQ(sh("gamesched reload").status, 0);
    EXPECT_EQ(sh("systemctl reload gameschedd").status, 0);
}

// Runs a command in an active local session of the user.
Output as_player(const std::string& command) {
    return sh("systemd-run --quiet --wait --pipe --uid=player -p PAMName=login -p TTYPath=/dev/tty1 "
              "-p Environment='XDG_SEAT=seat0 XDG_VTNR=1' -- sh -c '" + command + "'");
}

TEST_F(Vm, AnActiveUserMayRegisterOwnProcessesAndNothingElse) {
    const Output own = as_player("gamesched run -- sleep 0.1");
    EXPECT_EQ(own.status, 0) << own.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; })) << own.text;
    const std::string call = "busctl --allow-interactive-authorization=no call org.gamesched1 /org/gamesched1 ";
    for (const char* method : {"org.gamesched1.Manager RegisterGame ua{sv} 1 0", "org.gamesched1.Manager SetMode s on",
                               "org.gamesched1.Scheduler SetTunable sv slice-usec t 1000",
                               "org.gamesched1.Manager Reload"}) {
        const Output refused = as_player(call + method);
        EXPECT_NE(refused.status, 0) << method;
        EXPECT_NE(refused.text.find("Not authorised for org.gamesched1."), std::string::npos)
            << method << ": " << refused.text;
    }
    EXPECT_EQ(property("Manager.Mode"), "s \"auto\"");
}

TEST_F(Vm, AUserWithoutASessionMayNot) {
    const Output refused = sh("runuser -u other -- gamesched run -- echo it ran");
    EXPECT_EQ(refused.status, 0);
    EXPECT_NE(refused.text.find("without gaming mode"), std::string::npos) << refused.text;
    EXPECT_NE(refused.text.find("it ran"), std::string::npos) << refused.text;
}

TEST_F(Vm, ModeAndTunablesAreRootsAndTakeEffectAtOnce) {
    EXPECT_EQ(sh("gamesched mode on").status, 0);
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_EQ(sh("gamesched tune slice-usec 1000").status, 0);
    EXPECT_NE(property("Scheduler.Tunables").find("\"slice-usec\" t 1000"), std::string::npos);
    EXPECT_NE(sh("gamesched tune slice-usec 5").status, 0);
    EXPECT_EQ(sh("gamesched tune slice-usec 3000").status, 0);
    EXPECT_EQ(sh("gamesched mode auto").status, 0);
}

TEST_F(Vm, ForkAndSwitchLoadMakesNoStall) {
    const Child game = sleeper();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    sh("dmesg --clear");
    const Output load = sh("stress-ng --cpu 8 --fork 4 --switch 4 --timeout 60 --quiet");
    EXPECT_EQ(load.status, 0) << load.text;
    EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
    std::cout << sh("gamesched stats").text << '\n';
    EXPECT_EQ(sh("dmesg | grep -iE 'sched_ext|stall|BUG|WARNING|oops|lockup' | grep -v 'enabled\\|disabled'").text, "");
}

}  // namespace
}  // namespace gamesched::test

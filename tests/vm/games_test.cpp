// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Games start once and end once, at the end that their scope defines, however they come and go.

#include "tests/vm/machine.h"

#include <algorithm>
#include <format>
#include <fstream>
#include <iostream>
#include <random>
#include <thread>

#include "tests/support/pidfd.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Games = Vm;

TEST_F(Games, AKilledProcessWithThreadsAndChildrenEndsOnce) {
    Child game([] {
        if (fork() == 0) {
            alarm(5);
            pause();
        }
        std::jthread thread([] { pause(); });
        pause();
    });
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    std::this_thread::sleep_for(300ms);
    const uint32_t pid = game.pid();
    game.kill_and_reap();
    expect_one_life(pid);
}

TEST_F(Games, ExecByAThreadIsNoEnd) {
    Child game([] {
        std::jthread thread([] {
            usleep(500'000);
            execlp("sleep", "sleep", "2", nullptr);
        });
        pause();
    });
    ASSERT_TRUE(succeeds(register_game(game.pid(), "1 Scope s tree")));
    ASSERT_TRUE(
        eventually([&] { return read_text(std::format("/proc/{}/comm", game.pid())) == "sleep"; }));
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    expect_one_life(game.pid());
}

TEST_F(Games, AGameThatDaemonisesLastsAsLongAsItsTree) {
    Child game([] {
        raise(SIGSTOP);
        if (fork() == 0) {
            setsid();
            usleep(1'500'000);
            _exit(0);
        }
    });
    waitpid(static_cast<pid_t>(game.pid()), nullptr, WUNTRACED);
    ASSERT_TRUE(succeeds(register_game(game.pid(), "1 Scope s tree")));
    kill(static_cast<pid_t>(game.pid()), SIGCONT);
    waitpid(static_cast<pid_t>(game.pid()), nullptr, 0);
    EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    expect_one_life(game.pid());
}

TEST_F(Games, ProcessScopeEndsWithTheProcess) {
    Child game([] {
        raise(SIGSTOP);
        if (fork() == 0) {
            setsid();
            usleep(3'000'000);
            _exit(0);
        }
    });
    waitpid(static_cast<pid_t>(game.pid()), nullptr, WUNTRACED);
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    kill(static_cast<pid_t>(game.pid()), SIGCONT);
    waitpid(static_cast<pid_t>(game.pid()), nullptr, 0);
    EXPECT_TRUE(eventually([&] { return listener.exits_of(game.pid()) == 1; }));
    expect_one_life(game.pid());
}

TEST_F(Games, AChildOfSteamsReaperIsFoundByItsEvents) {
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

// Also of a service that has been started again meanwhile.
TEST_F(Games, AGameWithinAGameIsTheOuterOnesAgainWhenItIsUnregistered) {
    make_reaper();
    for (const bool restarts : {false, true}) {
        const size_t before = listener.started().size();
        sh("setsid /tmp/reaper SteamLaunch AppId=7 -- sh -c 'sleep 77 & wait' > /dev/null 2>&1 &");
        ASSERT_TRUE(eventually([&] { return listener.started().size() == before + 1; }));
        const uint32_t outer = listener.started().back().pid;
        ASSERT_TRUE(eventually([] { return !sh("pgrep -x -f 'sleep 77'").text.empty(); }));
        const auto inner = static_cast<uint32_t>(std::stoul(sh("pgrep -x -f 'sleep 77'").text));
        ASSERT_TRUE(succeeds(register_game(inner, "1 Scope s tree")));
        if (restarts) {
            ASSERT_TRUE(succeeds(sh("systemctl restart gameschedd")));
        }
        EXPECT_EQ(sh(std::format("gamesched unregister {}", inner)).status, 0);
        expect_one_life(inner);
        kill(static_cast<pid_t>(outer), SIGKILL);
        std::this_thread::sleep_for(1s);
        EXPECT_EQ(listener.exits_of(outer), 0u) << "its child lives";
        kill(static_cast<pid_t>(inner), SIGKILL);
        expect_one_life(outer);
    }
}

TEST_F(Games, ALauncherThatIsRegisteredEndsLikeAnyGame) {
    make_reaper();
    sh("setsid /tmp/reaper SteamLaunch AppId=8 -- sleep 88 > /dev/null 2>&1 &");
    ASSERT_TRUE(eventually([&] { return listener.started().size() == 1; }));
    const uint32_t game = listener.started().front().pid;
    const auto launcher =
        static_cast<uint32_t>(std::stoul(sh("pgrep -f '[r]eaper SteamLaunch AppId=8'").text));
    ASSERT_TRUE(succeeds(register_game(launcher, "1 Scope s tree")));
    kill(static_cast<pid_t>(game), SIGKILL);
    expect_one_life(game);
    expect_one_life(launcher);
}

TEST_F(Games, AGameWhoseFirstProcessHasGoneCanBeUnregistered) {
    Child first([] {
        if (fork() == 0) {
            setsid();
            execlp("sleep", "sleep", "99", nullptr);
        }
        raise(SIGSTOP);
    });
    const uint32_t pid = first.pid();
    waitpid(static_cast<pid_t>(pid), nullptr, WUNTRACED);
    ASSERT_TRUE(succeeds(register_game(pid, "1 Scope s tree")));
    kill(static_cast<pid_t>(pid), SIGCONT);
    first.reap();
    const Output unregistered = sh(std::format("gamesched unregister {}", pid));
    EXPECT_EQ(unregistered.status, 0) << unregistered.text;
    expect_one_life(pid);
    sh("pkill -x -f 'sleep 99'");
}

TEST_F(Games, GamesThatExitInTheirFirstMillisecondStartAndEndOnce) {
    make_reaper();
    sh("for i in 1 2 3 4 5 6 7 8 9 10; do /tmp/reaper SteamLaunch AppId=$i -- /bin/true; done");
    EXPECT_TRUE(eventually([&] { return listener.exited().size() >= 10; }));
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(listener.started().size(), 10u);
    EXPECT_EQ(listener.exited().size(), 10u);
    for (const Started& game : listener.started())
        EXPECT_EQ(listener.exits_of(game.pid), 1u);
}

TEST_F(Games, TwoHundredGamesStartedAndKilledAtRandomLoseNothing) {
    std::mt19937 random(4242);
    std::vector<Child> games;
    for (int i = 0; i < 200; ++i)
        games.push_back(sleeper());
    std::vector<uint32_t> pids;
    for (size_t i = 0; i < games.size(); ++i) {
        pids.push_back(games[i].pid());
        listener.RegisterGame(games[i].pid(),
                              {{"Scope", sdbus::Variant(std::string(i % 2 ? "tree" : "process"))}});
        if (random() % 2)
            games[random() % (i + 1)].kill_and_reap();
    }
    games.clear();
    EXPECT_TRUE(eventually([&] { return listener.exited().size() >= 200; }, 20s));
    for (const uint32_t pid : pids)
        expect_one_life(pid);
}

TEST_F(Games, ExitsAreToldWithoutAPeriodInThePath) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    std::vector<uint64_t> latencies, round_trips;
    for (int i = 0; i < 200; ++i) {
        const auto asked = std::chrono::steady_clock::now();
        std::ignore = listener.Version();
        round_trips.push_back(
            static_cast<uint64_t>((std::chrono::steady_clock::now() - asked) / 1us));
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
    std::ranges::sort(round_trips);
    const uint64_t median = latencies[latencies.size() / 2];
    const uint64_t round_trip = round_trips[round_trips.size() / 2];
    std::cout << std::format(
        "exit latency over {} exits: median {} us, p99 {} us, max {} us; a call to the service and "
        "back: {} us\n",
        latencies.size(), median, latencies[latencies.size() * 99 / 100], latencies.back(),
        round_trip);
    // Whoever looked ten times a second would be at 50 ms more.
    EXPECT_LT(median, 5 * round_trip + 20'000);
}

// A sleeper whose PID was another process's.
Child sleeper_with_pid(uint32_t pid) {
    for (int tries = 0; tries < 100; ++tries) {
        std::ofstream("/proc/sys/kernel/ns_last_pid") << pid - 1;
        Child child = sleeper();
        if (child.pid() == pid)
            return child;
    }
    ADD_FAILURE() << "PID " << pid << " was not given again";
    return sleeper();
}

size_t count_of(const std::vector<Exited>& exited, const std::string& object) {
    return static_cast<size_t>(std::ranges::count(exited, object, &Exited::path));
}

TEST_F(Games, AReusedPidIsAnotherGame) {
    for (const char* scope : {"process", "tree"}) {
        const std::map<std::string, sdbus::Variant> options = {
            {"Scope", sdbus::Variant(std::string(scope))}};
        Child first = sleeper();
        const uint32_t pid = first.pid();
        const std::string first_object = listener.RegisterGame(pid, options);
        // The service sees the end of the first and the registration of the second at the same
        // time.
        kill(service_pid(), SIGSTOP);
        first.kill_and_reap();
        const Child second = sleeper_with_pid(pid);
        std::jthread wake([service = service_pid()] {
            std::this_thread::sleep_for(300ms);
            kill(service, SIGCONT);
        });
        const std::string second_object = listener.RegisterGame(pid, options);
        EXPECT_NE(first_object, second_object) << scope;
        EXPECT_TRUE(eventually([&] { return count_of(listener.exited(), first_object) == 1; }))
            << scope;
        EXPECT_EQ(property("Manager.Games"), "ao 1 \"" + second_object + '"') << scope;
        EXPECT_EQ(count_of(listener.exited(), second_object), 0u) << scope;
    }
}

// The service is stopped anywhere in its work.
TEST_F(Games, WhoGetsThePidOfAGameThatIsBeingRegisteredIsNone) {
    const std::map<std::string, sdbus::Variant> options = {
        {"Scope", sdbus::Variant(std::string("tree"))}};
    std::minstd_rand random(1);
    Listener client;
    const pid_t service = service_pid();
    for (int i = 0; i < 40 && !HasFailure(); ++i) {
        Child first = sleeper();
        const uint32_t pid = first.pid();
        const sdbus::UnixFd pidfd = pidfd_of(pid);
        std::jthread asking([&] {
            try {
                client.RegisterGameByPidFd(pidfd, options);
            } catch (const sdbus::Error&) {
            }
        });
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
        kill(service, SIGSTOP);
        first.kill_and_reap();
        const Child second = sleeper_with_pid(pid);
        kill(service, SIGCONT);
        asking.join();
        EXPECT_TRUE(eventually([] { return property("Manager.Games") == "ao 0"; }))
            << "PID " << pid << ", try " << i;
    }
}

}  // namespace
}  // namespace gamesched::test

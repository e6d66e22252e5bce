// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the kernel could not tell, because nobody read, or because a hook went away.

#include <fcntl.h>

#include <format>
#include <iostream>

#include "tests/vm/files.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

struct Losses : Vm {
    // ao N "/…" …
    static size_t games() {
        const std::string list = property("Manager.Games");
        return list.starts_with("ao ") ? std::stoul(list.substr(3)) : 0;
    }
};

// The scheduler stays away, so that systemd does not ask the service meanwhile whether it lives. In
// the long form games of users without a seat count, too: a thousand games that end at once.
Configuration quiet_configuration() {
    return Configuration(std::string("mode = \"off\"\n[detection]\nremote-users = ") +
                         usual_or_long("false", "true"));
}

// One after the other, as Steam starts games.
Child from_steam(uid_t user, int games, const char* reaper, const char* program,
                 const char* argument) {
    return Child([=] {
        const int nowhere = open("/dev/null", O_RDWR);
        if (nowhere < 0 || setgid(user) != 0 || setuid(user) != 0)
            _exit(1);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
        for (int i = 0; i < games; ++i) {
            const pid_t game = fork();
            if (game == 0) {
                execl(reaper, reaper, "SteamLaunch", "AppId=1", "--", program, argument, nullptr);
                _exit(1);
            }
            waitpid(game, nullptr, 0);
        }
    });
}

// More than the ring buffer has room for: what two thousand games do, or more than a thousand
// launchers that start none, which is the short form.
TEST_F(Losses, WhatHappensWhileNobodyReadsIsFoundOutAfterwards) {
    constexpr int kUsers = 32, kSome = 8;
    const int games_of_user = usual_or_long(65, 45);
    const char* reaper = usual_or_long("/tmp/idle/reaper", "/tmp/reaper");
    const Configuration configuration = quiet_configuration();
    make_reaper();
    ASSERT_TRUE(succeeds(
        sh("mkdir -p /tmp/idle && ln -sf " TESTSDIR "/gamesched-test-nothing /tmp/idle/reaper")));
    std::vector<Child> known;
    for (int i = 0; i < kSome; ++i) {
        known.push_back(sleeper());
        ASSERT_TRUE(succeeds(register_game(known.back().pid())));
    }
    EXPECT_EQ(footprint().trees, kSome);
    const uint64_t lost_before = counters()["EventsLost"];
    const pid_t service = service_pid();
    ASSERT_EQ(kill(service, SIGSTOP), 0);
    std::vector<Child> flood;
    for (uid_t user = 2000; user < 2000 + kUsers; ++user)
        flood.push_back(
            from_steam(user, games_of_user, reaper, TESTSDIR "/gamesched-test-nothing", nullptr));
    for (Child& games : flood)
        games.reap();
    std::vector<Child> late;
    for (int i = 0; i < kSome; ++i)
        late.push_back(from_steam(0, 1, "/tmp/reaper", "/bin/sleep", "600"));
    std::vector<uint32_t> ended;
    for (int i = 0; i < kSome / 2; ++i) {
        ended.push_back(known.back().pid());
        known.pop_back();
    }
    ASSERT_EQ(kill(service, SIGCONT), 0);
    EXPECT_TRUE(eventually([&] { return counters()["EventsLost"] > lost_before; }, 30s))
        << "the buffer did not overflow";
    std::cout << "records lost: " << counters()["EventsLost"] - lost_before << '\n';
    EXPECT_TRUE(eventually([&] { return games() == kSome / 2 + kSome; }, usual_or_long(30s, 180s)))
        << sh("gamesched games").text;
    EXPECT_EQ(service_pid(), service);
    for (const uint32_t pid : ended)
        EXPECT_TRUE(eventually([&] { return listener.exits_of(pid) == 1; })) << pid;
    for (const Child& game : known)
        EXPECT_EQ(listener.exits_of(game.pid()), 0u);
    known.clear();
    sh("pkill -KILL sleep");
    late.clear();
    EXPECT_TRUE(eventually([&] { return games() == 0; }, usual_or_long(30s, 180s)))
        << sh("gamesched games").text;
    EXPECT_TRUE(eventually([] { return footprint().trees == 0; }, 30s))
        << footprint().trees << " of launchers that nobody has heard of";
}

// The kernel keeps a module whose function has a probe.
TEST_F(Losses, AModuleWithAHookCanBeUnloadedOnceTheSchedulerHasGone) {
    ASSERT_TRUE(succeeds(sh("modprobe snd-dummy")));
    const auto audio = [] {
        return property("Manager.Features").contains("\"role-audio\" b true");
    };
    {
        const Child game = sleeper();
        ASSERT_TRUE(succeeds(register_game(game.pid())));
        ASSERT_TRUE(audio());
        const Output removed = sh("rmmod snd-dummy && rmmod snd-pcm");
        EXPECT_NE(removed.status, 0);
        EXPECT_TRUE(removed.text.contains("in use")) << removed.text;
        EXPECT_EQ(ops(), "gamesched");
        EXPECT_TRUE(audio());
    }
    ASSERT_TRUE(eventually([] { return ops().empty(); }));
    EXPECT_TRUE(eventually([] { return sh("rmmod snd-pcm").status == 0; }));
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(property("Manager.Features").contains("snd_pcm is not loaded"));
    EXPECT_TRUE(listener.trips().empty());
}

}  // namespace
}  // namespace gamesched::test

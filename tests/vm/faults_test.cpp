// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What goes wrong around the service: it stands still, runs out of memory or descriptors, or what
// it relies on goes away. Nothing is lost: afterwards state, bus and kernel agree, and no game or
// hold is forgotten.

#include <format>
#include <thread>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

std::string unit_property(const std::string& name) {
    return sh("systemctl show -P " + name + " gameschedd").text;
}

struct Faults : Vm {
    // A game that is registered, and what the service has said of it.
    struct Known {
        Child game = sleeper();
        std::string object;
    };

    Known known() {
        Known known;
        const Output registered = register_game(known.game.pid(), "1 Scope s tree");
        EXPECT_TRUE(succeeds(registered));
        known.object = registered.text;
        EXPECT_EQ(ops(), "gamesched");
        return known;
    }
    // By a service that is another process than `before`.
    void expect_known_again(const Known& known, pid_t before) {
        EXPECT_TRUE(eventually(
            [&] {
                return service_pid() != before && service_pid() != 0 && ops() == "gamesched" &&
                       property("Scheduler.State") == "s \"attached\"";
            },
            60s))
            << sh("systemctl status gameschedd; journalctl -u gameschedd -n 20").text;
        EXPECT_EQ(register_game(known.game.pid()).text, known.object) << "the same id";
        EXPECT_EQ(listener.starts_of(known.game.pid()), 1u);
        EXPECT_EQ(listener.exits_of(known.game.pid()), 0u);
    }
};

TEST_F(Faults, AServiceThatStandsStillIsReplacedWhileTheSchedulerIsAttached) {
    EXPECT_EQ(unit_property("WatchdogUSec"), "0") << "nobody is asked while nothing is attached";
    const Known game = known();
    EXPECT_EQ(unit_property("WatchdogUSec"), "30s");
    const pid_t service = service_pid();
    ASSERT_EQ(kill(service, SIGSTOP), 0);
    EXPECT_TRUE(eventually([&] { return service_pid() != service; }, 90s));
    expect_known_again(game, service);
    EXPECT_TRUE(sh("journalctl -b -u gameschedd -n 50").text.contains("atchdog timeout"));
}

TEST_F(Faults, AServiceThatRunsOutOfMemoryComesBack) {
    const Known game = known();
    const pid_t service = service_pid();
    ASSERT_TRUE(
        succeeds(sh("systemctl set-property --runtime gameschedd MemoryMax=1M "
                    "MemorySwapMax=0")));
    eventually([&] { return property("Manager.Games").empty() || service_pid() != service; }, 30s);
    ASSERT_TRUE(
        succeeds(sh("systemctl set-property --runtime gameschedd MemoryMax=infinity; "
                    "systemctl reset-failed gameschedd; systemctl start gameschedd")));
    expect_known_again(game, service);
    EXPECT_TRUE(sh("journalctl -b -u gameschedd -n 50").text.contains("oom-kill"));
}

TEST_F(Faults, WithoutDescriptorsARegistrationIsRefusedAndTheRestGoesOn) {
    const ServiceDropIn few("LimitNOFILE=64\n");
    std::vector<Child> games;
    Output refused;
    for (int i = 0; i < 64 && refused.status <= 0; ++i) {
        games.push_back(sleeper());
        refused = register_game(games.back().pid());
    }
    EXPECT_GT(refused.status, 0) << games.size() << " games";
    EXPECT_TRUE(refused.text.contains("Too many open files")) << refused.text;
    EXPECT_TRUE(property("Manager.Version").starts_with("s ")) << "it still answers";
    games.clear();
    EXPECT_TRUE(eventually([] { return property("Manager.Games") == "ao 0"; }));
    const Child another = sleeper();
    EXPECT_TRUE(succeeds(register_game(another.pid())));
}

TEST_F(Faults, WithoutAJournalGamesAreFollowedAllTheSame) {
    ASSERT_TRUE(
        succeeds(sh("systemctl stop systemd-journald.socket "
                    "systemd-journald-dev-log.socket systemd-journald.service")));
    Child game = sleeper();
    const uint32_t pid = game.pid();
    EXPECT_TRUE(succeeds(register_game(pid)));
    game.kill_and_reap();
    expect_one_life(pid);
    EXPECT_TRUE(succeeds(sh("systemctl start systemd-journald.socket systemd-journald.service")));
}

TEST_F(Faults, WithoutPolkitRootIsServedAndAUserIsToldWhyNot) {
    ASSERT_TRUE(succeeds(sh("systemctl mask --runtime --now polkit")));
    const Output user = as_player("gamesched run -- true");
    EXPECT_TRUE(user.text.contains("polkit")) << user.text;
    const Child game = sleeper();
    EXPECT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(succeeds(sh("systemctl unmask --runtime polkit")));
    EXPECT_TRUE(succeeds(as_player("gamesched run -- true")));
}

TEST_F(Faults, AStateThatCannotBeWrittenIsSaidAndGamesAreFollowed) {
    ASSERT_TRUE(succeeds(sh("mount -t tmpfs -o size=4k,ro none /run/gamesched")));
    Child game = sleeper();
    const uint32_t pid = game.pid();
    EXPECT_TRUE(succeeds(register_game(pid)));
    EXPECT_TRUE(sh("journalctl -b -u gameschedd -n 50 -o cat").text.contains("cannot be written"));
    EXPECT_TRUE(succeeds(sh("umount /run/gamesched")));
    game.kill_and_reap();
    expect_one_life(pid);
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What goes wrong around the service: it stands still, runs out of memory or descriptors, or what
// it relies on goes away. Nothing is lost: afterwards state, bus and kernel agree, and no game or
// hold is forgotten.

#include <format>
#include <fstream>
#include <thread>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

std::string unit_property(const std::string& name) {
    return sh("systemctl show -P " + name + " gameschedd").text;
}

struct Faults : Vm {
    // A game that is registered and somebody's hold, and what the service has said of them.
    struct Known {
        Child game = sleeper();
        Child client = holder();
        std::string object;
        std::string holds = property("Manager.Holds");
    };

    Known known() {
        Known known;
        const Output registered = register_game(known.game.pid(), "1 Scope s tree");
        EXPECT_TRUE(succeeds(registered));
        known.object = registered.text;
        EXPECT_EQ(ops(), "gamesched");
        return known;
    }
    // While the scheduler is attached.
    size_t deaths = 0;

    void strike_service(int signal) {
        ++deaths;
        ASSERT_EQ(kill(service_pid(), signal), 0);
    }
    // The next test begins without trips.
    void TearDown() override {
        if (deaths != 0) {
            EXPECT_TRUE(succeeds(sh("gamesched restart")));
        }
        Vm::TearDown();
    }
    // By a service that is another process than `before`. It has told of the deaths and of nothing
    // else.
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
        EXPECT_EQ(property("Manager.Holds"), known.holds);
        const auto trips = listener.trips();
        EXPECT_EQ(trips.size(), deaths);
        for (const Tripped& trip : trips) {
            EXPECT_EQ(trip.kind, "service") << trip.reason;
            EXPECT_EQ(trip.action, "retry");
            EXPECT_EQ(trip.stalled_usec, 0u);
        }
    }
};

TEST_F(Faults, AServiceThatStandsStillIsReplacedWhileTheSchedulerIsAttached) {
    EXPECT_EQ(unit_property("WatchdogUSec"), "0") << "nobody is asked while nothing is attached";
    {
        const Known game = known();
        EXPECT_EQ(unit_property("WatchdogUSec"), "30s");
        const pid_t service = service_pid();
        strike_service(SIGSTOP);
        EXPECT_TRUE(eventually([&] { return service_pid() != service; }, 90s));
        expect_known_again(game, service);
    }
    EXPECT_TRUE(eventually([] { return unit_property("WatchdogUSec") == "0"; }, 30s));
    EXPECT_TRUE(sh("journalctl -b -u gameschedd -n 50").text.contains("atchdog timeout"));
}

// `limit`: as of systemd.resource-control(5).
void limit_memory(const std::string& limit) {
    EXPECT_TRUE(succeeds(sh(std::format(
        "systemctl set-property --runtime gameschedd MemoryMax={0} MemorySwapMax={0}", limit))));
}

TEST_F(Faults, AServiceThatRunsOutOfMemoryComesBack) {
    // The next one must not start under the limit: it would read its pages from the disk again and
    // again instead of being killed, and systemd waits until its program is executed.
    const ServiceDropIn late("RestartSec=10s\n");
    const Known game = known();
    const pid_t service = service_pid();
    ++deaths;
    limit_memory("1M");
    EXPECT_TRUE(eventually([&] { return kill(service, 0) != 0; }, 30s));
    limit_memory("infinity");
    expect_known_again(game, service);
    EXPECT_TRUE(sh("journalctl -b -u gameschedd -n 50").text.contains("oom-kill"));
}

TEST_F(Faults, WithoutDescriptorsARegistrationIsRefusedAndTheRestGoesOn) {
    const ServiceDropIn few("LimitNOFILE=128\n");
    std::vector<Child> games;
    Output refused;
    for (int i = 0; i < 128 && refused.status <= 0; ++i) {
        games.push_back(sleeper());
        refused = register_game(games.back().pid());
    }
    EXPECT_GT(refused.status, 0) << games.size() << " games";
    EXPECT_TRUE(refused.text.contains("Too many open files")) << refused.text;
    const auto known_games = std::format("ao {} ", games.size() - 1);
    EXPECT_TRUE(property("Manager.Games").starts_with(known_games)) << "it still answers";
    EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_TRUE(listener.exited().empty());
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
    const Known another = known();
    const pid_t service = service_pid();
    strike_service(SIGKILL);
    expect_known_again(another, service);
    EXPECT_TRUE(succeeds(sh("systemctl start systemd-journald.socket systemd-journald.service")));
    // Started without a journal it says nothing until it is started again.
    const pid_t silent = service_pid();
    EXPECT_TRUE(succeeds(sh("systemctl restart gameschedd")));
    expect_known_again(another, silent);
}

TEST_F(Faults, WithoutPolkitRootIsServedAndAUserIsToldWhyNot) {
    {
        const WithoutPolkit without_polkit;
        const Output user = as_player("gamesched run -- true");
        EXPECT_TRUE(user.text.contains("polkit")) << user.text;
        const Child game = sleeper();
        EXPECT_TRUE(succeeds(register_game(game.pid())));
    }
    EXPECT_TRUE(succeeds(as_player("gamesched run -- true")));
}

// A file system over a directory.
class Mount {
  public:
    Mount(std::string directory, const std::string& options, const char* type = "tmpfs")
        : directory_(std::move(directory)) {
        EXPECT_TRUE(
            succeeds(sh(std::format("mount -t {} -o {} none {}", type, options, directory_))));
    }
    Mount(const Mount&) = delete;
    Mount& operator=(const Mount&) = delete;
    // Others may have files of it open.
    ~Mount() { EXPECT_TRUE(succeeds(sh("umount --lazy " + directory_))); }

    void fill() const {
        EXPECT_NE(sh(std::format("cat /dev/zero > {}/filler", directory_)).status, 0);
    }

  private:
    std::string directory_;
};

int times_said(const std::string& pattern) {
    return std::stoi(
        sh(std::format("journalctl -b -u gameschedd -o cat | grep -c '{}'", pattern)).text);
}

// What the service keeps for its next life, and what it keeps of games that have ended.
TEST_F(Faults, AFullOrReadOnlyDiskIsSaidOnceAndGamesAreFollowed) {
    const Known keeps_it_attached = known();
    const pid_t service = service_pid();
    const std::map<std::string, std::string> kept = {{"state: ", "/run/gamesched"},
                                                     {"history: ", "/var/lib/gamesched"}};
    for (const auto& [what, directory] : kept)
        for (const bool is_full : {true, false}) {
            const int failed_before = times_said(what + ".*cannot be written"),
                      mended_before = times_said(what + ".*can be written again");
            {
                const Mount disk(directory, is_full ? "size=16k,mode=700" : "ro,mode=700");
                if (is_full)
                    disk.fill();
                for (int i = 0; i < 3; ++i) {
                    Child game = sleeper();
                    const uint32_t pid = game.pid();
                    EXPECT_TRUE(succeeds(register_game(pid)));
                    game.kill_and_reap();
                    expect_one_life(pid);
                }
                EXPECT_EQ(times_said(what + ".*cannot be written"), failed_before + 1);
            }
            Child game = sleeper();
            EXPECT_TRUE(succeeds(register_game(game.pid(), "1 Name s Afterwards")));
            game.kill_and_reap();
            EXPECT_TRUE(eventually([] {
                return sh("gamesched report last").text.starts_with("Afterwards\n");
            })) << sh("gamesched report last").text;
            EXPECT_EQ(times_said(what + ".*can be written again"), mended_before + 1);
        }
    EXPECT_EQ(service_pid(), service);
}

TEST_F(Faults, WhatAFullDiskDoesNotTakeIsNotForgotten) {
    const Known game = known();
    {
        const Mount disk("/run/gamesched", "size=16k,mode=700");
        disk.fill();
        Child another = sleeper();
        const uint32_t pid = another.pid();
        const std::string object = register_game(pid).text;
        const pid_t service = service_pid();
        strike_service(SIGKILL);
        expect_known_again(game, service);
        EXPECT_EQ(register_game(pid).text, object);
        another.kill_and_reap();
        expect_one_life(pid);
    }
    // What it sees is the directory of its start.
    for (int i = 0; i < 2; ++i) {
        const pid_t service = service_pid();
        ASSERT_TRUE(succeeds(sh("systemctl restart gameschedd")));
        expect_known_again(game, service);
    }
}

// A file system that nobody can make writable: it has lower layers only.
TEST_F(Faults, OnAReadOnlyVarTheServiceStartsAndKnowsItsGames) {
    const Known game = known();
    sh("mkdir -p /run/nothing");
    const auto play = [&] {
        Child another = sleeper();
        const uint32_t pid = another.pid();
        EXPECT_TRUE(succeeds(register_game(pid)));
        another.kill_and_reap();
        expect_one_life(pid);
    };
    const std::string failure = "history: .*cannot be written";
    const int failed_before = times_said(failure);
    {
        const pid_t service = service_pid();
        const Mount disk("/var", "lowerdir=/run/nothing:/var", "overlay");
        EXPECT_NE(sh("touch /var/lib/gamesched/file").status, 0);
        ASSERT_TRUE(succeeds(sh("systemctl restart gameschedd")));
        expect_known_again(game, service);
        play();
        EXPECT_TRUE(eventually([&] { return times_said(failure) == failed_before + 1; }));
    }
    // What it sees of /var is that of its start.
    const pid_t service = service_pid();
    ASSERT_TRUE(succeeds(sh("systemctl restart gameschedd")));
    expect_known_again(game, service);
    play();
    EXPECT_EQ(times_said(failure), failed_before + 1);
}

// As a package does it: new files in the places of the old ones, and a restart.
TEST_F(Faults, AnUpgradeKeepsGamesTheirIdsAndHolds) {
    const Known game = known();
    const pid_t service = service_pid();
    const std::string program = sh(std::format("readlink /proc/{}/exe", service)).text;
    ASSERT_TRUE(
        succeeds(sh(std::format("cp {0} {0}.new && mv {0}.new {0} && systemctl daemon-reload && "
                                "systemctl restart gameschedd",
                                program))));
    expect_known_again(game, service);
}

// Its parent has gone, and nothing but the kernel's own knowledge says whose it is.
TEST_F(Faults, AnOrphanStaysWithItsGame) {
    const Known known = this->known();
    Child game([] {
        raise(SIGSTOP);
        if (fork() == 0) {
            setsid();
            std::ofstream("/tmp/orphan") << getpid() << std::endl;
            pause();
        }
    });
    const uint32_t pid = game.pid();
    ASSERT_TRUE(succeeds(register_game(pid, "1 Scope s tree")));
    kill(static_cast<pid_t>(pid), SIGCONT);
    game.reap();
    ASSERT_TRUE(eventually([] { return !read_text("/tmp/orphan").empty(); }));
    const pid_t orphan = std::stoi(read_text("/tmp/orphan"));
    const pid_t killed = service_pid();
    strike_service(SIGKILL);
    expect_known_again(known, killed);
    EXPECT_EQ(listener.exits_of(pid), 0u);
    const pid_t restarted = service_pid();
    EXPECT_TRUE(succeeds(sh("systemctl restart gameschedd")));
    expect_known_again(known, restarted);
    EXPECT_EQ(listener.exits_of(pid), 0u);
    kill(orphan, SIGKILL);
    expect_one_life(pid);
}

// ------------------------------------------------------------------ the bus

// Without a listener: its connection would end with the bus.
struct BusFaults : Machine {
    // Whatever made the bus daemon another one.
    static void expect_a_new_bus_to_have(const std::string& games, pid_t before) {
        EXPECT_TRUE(eventually(
            [&] {
                return service_pid() != before && service_pid() != 0 &&
                       property("Manager.Games") == games;
            },
            60s))
            << property("Manager.Games") << sh("systemctl status gameschedd dbus").text;
        EXPECT_EQ(property("Manager.Holds"), "aa{sv} 0") << "its client has lost its connection";
        EXPECT_EQ(property("Manager.Active"), "b true");
        EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
        EXPECT_EQ(ops(), "gamesched");
    }
};

TEST_F(BusFaults, ABusDaemonThatIsRestartedOrKilledTakesHoldsWithItAndNoGame) {
    Child game = sleeper();
    const uint32_t pid = game.pid();
    ASSERT_TRUE(succeeds(register_game(pid, "1 Scope s tree")));
    const std::string games = property("Manager.Games");
    for (const char* disaster : {"systemctl restart dbus", "systemctl kill -s KILL dbus"}) {
        const Child client = holder();
        const pid_t service = service_pid();
        const std::string trips = property("Scheduler.Trips");
        ASSERT_TRUE(succeeds(sh(disaster)));
        expect_a_new_bus_to_have(games, service);
        EXPECT_EQ(property("Scheduler.Trips"), trips) << "it has ended in order";
        EXPECT_EQ(waitpid(static_cast<pid_t>(client.pid()), nullptr, WNOHANG), 0)
            << "it waits for its command";
        const std::string journal = sh("journalctl -b -u gameschedd -n 40 -o cat").text;
        EXPECT_TRUE(journal.contains("the system bus has gone")) << journal;
        EXPECT_TRUE(journal.contains("code=exited, status=1/FAILURE")) << journal;
    }
    {
        const Listener listener;
        game.kill_and_reap();
        EXPECT_TRUE(eventually([&] { return listener.exits_of(pid) == 1; }));
    }
    // These find no new bus by themselves, and without them no user may register a game.
    ASSERT_TRUE(succeeds(sh("systemctl restart systemd-logind polkit")));
    const Listener listener;
    EXPECT_TRUE(eventually(
        [&] {
            as_player("gamesched run -- sleep 0.1");
            return !listener.started().empty();
        },
        30s))
        << "a user in a session may again";
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == listener.started().size(); }));
}

}  // namespace
}  // namespace gamesched::test

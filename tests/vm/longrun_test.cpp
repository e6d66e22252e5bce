// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Games come and go by the thousand, and everything else that a service is asked for with them: it
// does not grow, and nothing is lost.

#include <algorithm>
#include <format>
#include <iostream>
#include <random>

#include "tests/support/subscriber.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

struct LongRun : Vm {
    static constexpr int kBatch = 10;  // games at the same time

    std::mt19937 random{4242};
    int batches = 0;

    // A client that comes, registers games of both scopes and sees them end in any order.
    void play_registered(Listener& client) {
        std::vector<Child> games;
        std::vector<uint32_t> pids;
        for (int i = 0; i < kBatch; ++i) {
            games.push_back(sleeper());
            pids.push_back(games.back().pid());
            client.RegisterGame(
                pids.back(), {{"Scope", sdbus::Variant(std::string(i % 2 ? "tree" : "process"))}});
        }
        std::ranges::shuffle(pids, random);
        for (const uint32_t pid : pids)
            kill(static_cast<pid_t>(pid), SIGKILL);
        games.clear();
        EXPECT_TRUE(eventually([&] { return client.exited().size() == kBatch; }));
        for (const uint32_t pid : pids) {
            EXPECT_EQ(client.starts_of(pid), 1u);
            EXPECT_EQ(client.exits_of(pid), 1u);
        }
    }
    void play_detected(Listener& client) {
        const size_t before = client.exited().size();
        sh("/tmp/reaper SteamLaunch AppId=1 -- /bin/true");
        EXPECT_TRUE(eventually([&] { return client.exited().size() == before + 1; }));
    }
    // One of them each time.
    void ask_for_something_else(Listener& client) {
        Subscriber subscriber;
        switch (batches % 6) {
            case 0:
                subscriber.Subscribe(100);
                EXPECT_TRUE(eventually([&] { return !subscriber.updates().empty(); }));
                return subscriber.Unsubscribe();
            case 1:
                return subscriber.Subscribe(100);  // and leaves
            case 2:
                return client.SetProfile(batches % 4 ? "esports" : "");
            case 3:
                return client.Reload();
            case 4:
                std::ignore = client.Hold("longrun", "and leaves");
                return;
            default:
                return client.Release(client.Hold("longrun", ""));
        }
    }
    // Takes the scheduler off for a moment, which games do not end by.
    static void detach_and_attach(Listener& client) {
        client.SetMode("off");
        EXPECT_EQ(ops(), "");
        client.SetMode("auto");
        EXPECT_EQ(ops(), "gamesched");
    }
    void play(int games) {
        for (int played = 0; played < games; played += kBatch) {
            Listener client;
            play_registered(client);
            ask_for_something_else(client);
            if (++batches % 10 == 0)
                play_detected(client);
            if (batches % 50 == 0)
                detach_and_attach(client);
        }
        EXPECT_EQ(sh("gamesched profile ''").status, 0);
    }
};

TEST_F(LongRun, GamesComeAndGoByTheThousandAndNothingGrowsOrIsLost) {
    make_reaper();
    const pid_t service = service_pid();
    const uint64_t lost_before = counters()["EventsLost"];
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    play(usual_or_long(100,
                       1'000));  // the history of games has its full size then, in the long form
    const Footprint before = footprint();
    const int games = usual_or_long(200, 10'000);
    play(games);
    const Footprint after = footprint();
    const uint64_t lost = counters()["EventsLost"] - lost_before;
    std::cout << std::format(
        "{} games: {} -> {} descriptors, {} -> {} BPF maps, {} -> {} BPF programs, {} -> {} trees, "
        "RSS {} -> {} KiB, {} events lost\n",
        games, before.descriptors, after.descriptors, before.maps, after.maps, before.programs,
        after.programs, before.trees, after.trees, before.resident_kib, after.resident_kib, lost);
    EXPECT_GT(before.trees, 0);
    EXPECT_EQ(after.trees, before.trees);
    EXPECT_EQ(after.descriptors, before.descriptors);
    EXPECT_EQ(after.maps, before.maps);
    EXPECT_EQ(after.programs, before.programs);
    EXPECT_LE(after.resident_kib, before.resident_kib + 1024);
    EXPECT_EQ(lost, 0u);
    EXPECT_EQ(service_pid(), service);
    EXPECT_TRUE(listener.trips().empty());
}

}  // namespace
}  // namespace gamesched::test

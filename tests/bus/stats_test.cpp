// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Subscriptions to org.gamesched1.Stats: who is told, who is not, and when they end.

#include <fstream>
#include <thread>

#include "tests/bus/bus.h"
#include "tests/support/subscriber.h"

namespace gamesched::test {
namespace {

using StatsBus = Bus;

std::string error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const sdbus::Error& error) {
        return error.getName();
    }
    return "";
}

TEST_F(StatsBus, ASubscriberIsToldAndNobodyElse) {
    Subscriber subscriber;
    const Subscriber bystander;
    subscriber.Subscribe(100);
    EXPECT_TRUE(eventually([&] { return subscriber.updates().size() >= 3; }));
    EXPECT_EQ(number_in(subscriber.updates()[0], "GamesStarted"), 0u);
    EXPECT_TRUE(subscriber.updates()[0].contains("EventsLost"));
    EXPECT_TRUE(bystander.updates().empty());
}

TEST_F(StatsBus, WhoUnsubscribesIsNotToldAnyMore) {
    Subscriber subscriber;
    subscriber.Subscribe(100);
    EXPECT_TRUE(eventually([&] { return !subscriber.updates().empty(); }));
    subscriber.Unsubscribe();
    std::ignore = subscriber.Get();  // what was sent before has arrived
    const size_t told = subscriber.updates().size();
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(subscriber.updates().size(), told);
    EXPECT_EQ(error_of([&] { subscriber.Unsubscribe(); }),
              "org.gamesched1.Error.NoSuchSubscription");
}

TEST_F(StatsBus, AnotherCallChangesTheInterval) {
    Subscriber subscriber;
    for (int i = 0; i < 10; ++i)
        subscriber.Subscribe(60'000);
    std::this_thread::sleep_for(300ms);
    EXPECT_TRUE(subscriber.updates().empty());
    subscriber.Subscribe(100);
    EXPECT_TRUE(eventually([&] { return subscriber.updates().size() >= 2; }));
}

TEST_F(StatsBus, AnIntervalOutOfRangeIsNamed) {
    Subscriber subscriber;
    for (const uint32_t wrong : {0u, 99u, 60'001u, 4'294'967'295u})
        EXPECT_EQ(error_of([&] { subscriber.Subscribe(wrong); }), "org.gamesched1.Error.OutOfRange")
            << wrong;
    for (const uint32_t right : {100u, 60'000u})
        EXPECT_EQ(error_of([&] { subscriber.Subscribe(right); }), "") << right;
}

TEST_F(StatsBus, AUserHasAsManySubscriptionsAsTheLimitAllows) {
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    for (int i = 0; i < 8; ++i) {
        subscribers.push_back(std::make_unique<Subscriber>());
        EXPECT_EQ(error_of([&] { subscribers.back()->Subscribe(1'000); }), "") << i;
    }
    Subscriber one_more;
    EXPECT_EQ(error_of([&] { one_more.Subscribe(1'000); }), "org.gamesched1.Error.LimitReached");
    EXPECT_EQ(error_of([&] { subscribers.back()->Subscribe(2'000); }), "") << "has one already";
    EXPECT_EQ(call("org.gamesched1.Stats.Subscribe 1000", kUser).status, 0) << "another user";
    subscribers.pop_back();
    EXPECT_TRUE(eventually([&] { return error_of([&] { one_more.Subscribe(1'000); }) == ""; }))
        << "there is room when one has left the bus";
    subscribers.back()->Unsubscribe();
    Subscriber last;
    EXPECT_EQ(error_of([&] { last.Subscribe(1'000); }), "") << "or unsubscribed";
}

// Of the daemon's only thread.
uint64_t context_switches_of(const Process& process) {
    std::ifstream status(std::format("/proc/{}/status", process.pid()));
    uint64_t all = 0;
    for (std::string name, value; status >> name && std::getline(status, value);)
        if (name == "voluntary_ctxt_switches:")
            all += std::stoull(value);
    return all;
}

// gdbus subscribes and leaves at once; the others are killed.
TEST_F(StatsBus, ASubscriberThatIsKilledIsDroppedAndTheTimerWithIt) {
    std::vector<std::unique_ptr<Process>> watchers;
    for (int i = 0; i < 8; ++i)
        watchers.push_back(std::make_unique<Process>(
            std::vector<std::string>{"sh", "-c",
                                     std::format("exec {} stats --watch 0.1 --json > {}/watch-{}",
                                                 GAMESCHED, root.string(), i)}));
    for (int i = 0; i < 8; ++i)
        EXPECT_TRUE(eventually([&] {
            const std::string text = read_text(std::format("{}/watch-{}", root.string(), i));
            return std::ranges::count(text, '\n') >= 3;
        })) << i;
    Subscriber one_more;
    EXPECT_EQ(error_of([&] { one_more.Subscribe(1'000); }), "org.gamesched1.Error.LimitReached");
    for (const auto& watcher : watchers)
        watcher->end(SIGKILL);
    EXPECT_TRUE(eventually([&] { return error_of([&] { one_more.Subscribe(1'000); }) == ""; }));
    one_more.Unsubscribe();
    std::ignore = one_more.Get();
    std::this_thread::sleep_for(500ms);
    const uint64_t before = context_switches_of(*daemon);
    EXPECT_GT(before, 0u);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(context_switches_of(*daemon), before) << "no timer is left";
}

TEST_F(StatsBus, AWatcherGoesOnWhenTheServiceIsStartedAgain) {
    const std::string log = (root / "watch").string();
    const Process watcher(
        {"sh", "-c", std::format("exec {} stats --watch 0.1 > {} 2>&1", GAMESCHED, log)});
    EXPECT_TRUE(eventually([&] { return read_text(log).contains("GamesStarted  0"); }));
    daemon->end(SIGTERM);
    EXPECT_TRUE(eventually([&] { return read_text(log).contains("has left the bus"); }));
    start_daemon();
    EXPECT_TRUE(eventually([&] {
        const std::string text = read_text(log);
        return text.substr(text.rfind("has left the bus")).contains("GamesStarted");
    })) << read_text(log);
}

TEST_F(StatsBus, WithoutASchedulerAGameHasNoStatistics) {
    const auto game = sleeper();
    EXPECT_EQ(manager(std::format("RegisterGame {} \"{{'Name': <'Space'>}}\"", game->pid())).status,
              0);
    expect_error(sh("gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
                    "/org/gamesched1/game/1 -m org.gamesched1.Game.GetStats"),
                 "NotAttached");
    const Output shown = sh(std::string(GAMESCHED) + " stats --game Space");
    EXPECT_EQ(shown.status, 1);
    EXPECT_TRUE(shown.text.contains("not attached")) << shown.text;
    const Output unknown = sh(std::string(GAMESCHED) + " stats --game Chess");
    EXPECT_EQ(unknown.status, 1);
    EXPECT_TRUE(unknown.text.contains("there is no game \"Chess\"")) << unknown.text;
}

TEST_F(StatsBus, PrometheusGetsTheCounters) {
    const Output text = sh(std::string(GAMESCHED) + " stats --prometheus");
    EXPECT_EQ(text.status, 0);
    EXPECT_TRUE(
        text.text.contains("# TYPE gamesched_games_started_total counter\n"
                           "gamesched_games_started_total 0"))
        << text.text;
}

}  // namespace
}  // namespace gamesched::test

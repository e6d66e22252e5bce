// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the kernel counts, as it is on the bus, and that nobody works for it when nobody asks.

#include <format>
#include <iostream>
#include <nlohmann/json.hpp>
#include <regex>
#include <thread>

#include "tests/support/subscriber.h"
#include "tests/vm/gpu.h"
#include "tests/vm/input.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Stats = Vm;

Dictionary stats() {
    return Subscriber().Get();
}

// "WaitsByClass", "game" → the histogram.
Dictionary histogram(const Dictionary& stats, const std::string& what, const std::string& of) {
    return dictionary_in(dictionary_in(stats, what), of);
}

uint64_t count(const Dictionary& stats, const std::string& what, const std::string& of) {
    return number_in(histogram(stats, what, of), "Count");
}

// What its buckets count together.
uint64_t in_buckets(const Dictionary& histogram) {
    uint64_t all = 0;
    for (const auto& bucket :
         histogram.at("Buckets").get<std::vector<sdbus::Struct<uint64_t, uint64_t>>>())
        all += bucket.get<1>();
    return all;
}

Dictionary game_stats(uint32_t pid) {
    const auto connection = sdbus::createSystemBusConnection();
    Listener listener;
    for (const sdbus::ObjectPath& path : listener.Games()) {
        const auto game =
            sdbus::createProxy(*connection, sdbus::ServiceName(names::kBusName), path);
        const auto interface = sdbus::InterfaceName("org.gamesched1.Game");
        if (game->getProperty("Pid").onInterface(interface).get<uint32_t>() != pid)
            continue;
        Dictionary stats;
        game->callMethod("GetStats").onInterface(interface).storeResultsTo(stats);
        return stats;
    }
    ADD_FAILURE() << "there is no game " << pid;
    return {};
}

// How many it has now in this role.
uint64_t threads(uint32_t pid, const std::string& role) {
    return number_in(dictionary_in(game_stats(pid), "ThreadsByRole"), role);
}

// Wakes up a hundred times a second.
Child waking() {
    return Child([] {
        for (;;)
            usleep(10'000);
    });
}

TEST_F(Stats, WaitsByClassAgreeWithTheCounters) {
    const Child game = waking();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    const Dictionary before = stats();
    EXPECT_EQ(sh("stress-ng --cpu 3 --switch 1 --timeout 5 --quiet").status, 0);
    const Dictionary after = stats(), later = stats();
    std::cout << sh("gamesched stats").text << '\n';

    const auto grown = [&](const char* of) {
        return count(after, "WaitsByClass", of) - count(before, "WaitsByClass", of);
    };
    EXPECT_GT(grown("game"), 100u);
    EXPECT_LT(grown("game"), 2'000u);
    EXPECT_GT(grown("kernel"), 0u);
    EXPECT_GT(grown("other"), 1'000u);
    uint64_t ways_to_a_cpu = 0;
    for (const char* way : {"Direct", "QueuedGame", "QueuedOther", "Preemptions"})
        ways_to_a_cpu += number_in(later, way);
    EXPECT_LE(count(after, "WaitsByClass", "game") + count(after, "WaitsByClass", "session") +
                  count(after, "WaitsByClass", "other"),
              ways_to_a_cpu);
    EXPECT_GE(count(later, "WaitsByClass", "other") * 10, number_in(after, "QueuedOther") * 9);

    const Dictionary others = histogram(after, "WaitsByClass", "other");
    EXPECT_GE(number_in(others, "MaxUSec"), number_in(after, "MaxWaitOtherUSec"));
    EXPECT_LE(number_in(others, "MaxUSec"), number_in(later, "MaxWaitOtherUSec"));
    EXPECT_LE(number_in(others, "P50USec"), number_in(others, "P99USec"));
    EXPECT_LE(number_in(others, "P99USec"), number_in(others, "MaxUSec"));
    EXPECT_EQ(in_buckets(others), number_in(others, "Count"));
    EXPECT_GT(number_in(later, "Migrations"), 0u);
}

// Three computing processes and one that sleeps nearly always, for five seconds.
TEST_F(Stats, RunTimesAndSlicesAreThoseOfTheLoad) {
    const Child game = waking();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    EXPECT_EQ(sh("stress-ng --cpu 3 --timeout 5 --quiet").status, 0);
    const Dictionary after = stats();
    const Dictionary others = histogram(after, "RunsByClass", "other"),
                     games = histogram(after, "RunsByClass", "game");
    std::cout << "others ran " << number_in(others, "SumUSec") << " us, the game "
              << number_in(games, "SumUSec") << " us\n";
    EXPECT_GT(number_in(others, "SumUSec"), 4'000'000u);
    EXPECT_LT(number_in(others, "SumUSec"), 30'000'000u);
    EXPECT_GT(number_in(games, "SumUSec"), 0u);
    EXPECT_LT(number_in(games, "SumUSec"), number_in(others, "SumUSec") / 4);

    const auto tenths = [&](const char* of) {
        return histogram(after, "SliceUseByClass", of).at("Tenths").get<std::vector<uint64_t>>();
    };
    ASSERT_EQ(tenths("game").size(), 11u);
    EXPECT_GT(tenths("other").at(9) + tenths("other").at(10), 100u)
        << "who computes uses the whole slice";
    EXPECT_GT(tenths("game").at(0), 100u) << "who sleeps uses little of it";
    EXPECT_LT(tenths("game").at(10), tenths("game").at(0));
}

TEST_F(Stats, AGamesWaitsAreItsOwnAndThoseOfThreadsThatHaveEndedToo) {
    const Child other = sleeper(), game([] {
        raise(SIGSTOP);
        for (int i = 0; i < 200; ++i)
            std::thread([] { usleep(1'000); }).join();
        pause();
    });
    ASSERT_EQ(register_game(other.pid()).status, 0);
    ASSERT_EQ(register_game(game.pid()).status, 0);
    kill(static_cast<pid_t>(game.pid()), SIGCONT);
    EXPECT_TRUE(eventually([&] {
        return number_in(dictionary_in(game_stats(game.pid()), "Waits"), "Count") >= 200;
    })) << "threads that have ended count";
    std::this_thread::sleep_for(2s);
    const Dictionary of_game = game_stats(game.pid()), all = stats();
    const uint64_t waits = number_in(dictionary_in(of_game, "Waits"), "Count");
    EXPECT_LE(waits, count(all, "WaitsByClass", "game"));
    EXPECT_EQ(count(of_game, "WaitsByRole", "none"), waits) << "nothing gives them a role";
    EXPECT_EQ(in_buckets(dictionary_in(of_game, "Waits")), waits);
    EXPECT_EQ(number_in(dictionary_in(game_stats(other.pid()), "Waits"), "Count"), 0u)
        << "it sleeps";
    EXPECT_EQ(sh(std::format("gamesched stats --game {}", game.pid())).status, 0);
}

TEST_F(Stats, OfMoreGamesThanThereIsRoomForTheOldestAreKept) {
    const Child oldest = sleeper();
    ASSERT_EQ(register_game(oldest.pid()).status, 0);
    std::vector<Child> games;
    for (int i = 0; i < 15; ++i) {
        games.push_back(sleeper());
        ASSERT_EQ(register_game(games.back().pid()).status, 0);
    }
    const Child last = waking();
    ASSERT_EQ(register_game(last.pid()).status, 0);
    EXPECT_TRUE(game_stats(oldest.pid()).contains("Waits"));
    const Output refused = sh(std::format("gamesched stats --game {}", last.pid()));
    EXPECT_NE(refused.status, 0);
    EXPECT_TRUE(refused.text.contains("16 games")) << refused.text;
    games.pop_back();
    EXPECT_TRUE(eventually([&] {
        return sh(std::format("gamesched stats --game {}", last.pid())).status == 0;
    })) << "there is room again";
    std::this_thread::sleep_for(500ms);
    EXPECT_GT(number_in(dictionary_in(game_stats(last.pid()), "Waits"), "Count"), 10u);
}

TEST_F(Stats, TopShowsGamesWaitsAndCpus) {
    const Child game = waking();
    ASSERT_TRUE(succeeds(register_game(game.pid(), "1 Name s Watched")));
    const Child load = busy(1);
    const Output top = sh("gamesched top --once --interval 2");
    EXPECT_TRUE(succeeds(top));
    std::cout << top.text << '\n';
    EXPECT_TRUE(top.text.contains("scheduler  attached for")) << top.text;
    EXPECT_TRUE(std::regex_search(top.text, std::regex("\ngame +[1-9][0-9]* +[0-9.]+ (µ|m)?s")))
        << "waits in the last two seconds";
    EXPECT_TRUE(std::regex_search(top.text, std::regex("\nWatched +root .* all +[0-9.]+ (µ|m)?s")));
    std::smatch cpus;
    ASSERT_TRUE(std::regex_search(top.text, cpus,
                                  std::regex("\n  0 +([0-9]+) % +[0-9]+ % +1 +([0-9]+) %")));
    const int busiest = std::max(std::stoi(cpus[1]), std::stoi(cpus[2]));
    EXPECT_GE(busiest, 40) << "one thread computes all the time";
}

// In a terminal, while things happen. What comes there, without what moves the cursor and colours.
TEST_F(Stats, TopGoesOnShowingWhatTheSchedulerDoesAndWhenItIsEjected) {
    Input input(kMouse);
    const std::string path = input.path();
    const Child game([&] { read_events(path, [] {}); });
    ASSERT_TRUE(succeeds(sh("systemctl restart gameschedd")))
        << "trips of other tests are forgotten";
    ASSERT_TRUE(succeeds(register_game(game.pid(), "1 Name s Watched")));
    const Child top([] {
        execlp("sh", "sh", "-c",
               "exec script --quiet --flush --command 'stty rows 40 cols 80; exec env TERM=xterm "
               "gamesched top --interval 0.5' /tmp/top > /dev/null",
               nullptr);
    });
    const auto shows = [](const std::string& pattern) {
        return eventually(
            [&] {
                const std::string shown = sh("sed 's/\x1b\\[[0-9;?]*[A-Za-z]//g' /tmp/top").text;
                return std::regex_search(shown, std::regex(pattern));
            },
            20s);
    };
    EXPECT_TRUE(shows("attached for")) << read_text("/tmp/top");
    EXPECT_TRUE(shows("Watched +root .* all ")) << read_text("/tmp/top");
    EXPECT_TRUE(shows("  0 +[0-9]+ % +[0-9]+ % +1 +[0-9]+ %")) << read_text("/tmp/top");
    {
        const std::jthread events = input.keep_sending();
        EXPECT_TRUE(shows("1 thread +input +[0-9.]+ (µ|m)?s")) << read_text("/tmp/top");
    }
    EXPECT_TRUE(shows("none since")) << read_text("/tmp/top");
    eject_the_scheduler();
    EXPECT_TRUE(shows("ago, sysrq, is tried again")) << read_text("/tmp/top");
    EXPECT_TRUE(shows("ejected for")) << read_text("/tmp/top");
    EXPECT_TRUE(succeeds(sh("gamesched restart")));
}

TEST_F(Stats, OfAGameThatHasEndedItIsRememberedHowItWasScheduled) {
    Child game = waking();
    ASSERT_EQ(register_game(game.pid(), "1 Name s Remembered").status, 0);
    EXPECT_EQ(sh("stress-ng --cpu 3 --timeout 3 --quiet").status, 0);
    const uint32_t pid = game.pid();
    const Dictionary so_far = game_stats(pid);
    const uint64_t waited = number_in(dictionary_in(so_far, "Waits"), "Count");
    const uint64_t worst_so_far = number_in(dictionary_in(so_far, "WorstWait"), "AfterUSec");
    EXPECT_GT(worst_so_far, 0u);
    EXPECT_LT(worst_so_far, 60'000'000u);
    game.kill_and_reap();
    expect_one_life(pid);
    const Output report = sh("gamesched report remembered");
    std::cout << report.text << '\n';
    EXPECT_TRUE(report.text.starts_with("Remembered\nPlayed      ")) << report.text;
    EXPECT_TRUE(report.text.contains("all threads")) << report.text;
    const auto remembered = nlohmann::json::parse(sh("gamesched report --json remembered").text);
    EXPECT_GE(remembered["Waits"]["Count"].get<uint64_t>(), waited);
    EXPECT_LT(remembered["Waits"]["Count"].get<uint64_t>(), waited + 200);
    EXPECT_GT(remembered["DurationUSec"].get<uint64_t>(), 3'000'000u);
    EXPECT_GT(remembered["Counted"]["GamePreemptions"].get<uint64_t>(), 0u);
    EXPECT_EQ(remembered["WorstWait"]["WaitUSec"], remembered["Waits"]["MaxUSec"]);
    EXPECT_EQ(remembered["WorstWait"]["Role"], "none");
    const uint64_t after = remembered["WorstWait"]["AfterUSec"].get<uint64_t>();
    EXPECT_GT(after, 0u);
    EXPECT_LT(after, remembered["DurationUSec"].get<uint64_t>());
    EXPECT_TRUE(report.text.contains("\nWorst wait  ")) << report.text;
    const std::string journal =
        sh("journalctl -b -o json MESSAGE_ID=9696f35b110b4488995fc5591136f953 "
           "GAMESCHED_GAME_NAME=Remembered")
            .text;
    for (const char* field :
         {"GAMESCHED_WAIT_P99_USEC", "GAMESCHED_WAIT_MAX_USEC", "GAMESCHED_WAIT_MAX_AFTER_USEC",
          "GAMESCHED_PREEMPTIONS", "GAMESCHED_WAIT_P99_USEC_NONE"})
        EXPECT_TRUE(journal.contains(std::format("\"{}\"", field))) << field << " in " << journal;
    const Dictionary told = listener.exited().back().summary;
    for (const char* of : {"Waits", "Counted", "WaitsByRole", "WorstWait"})
        EXPECT_FALSE(dictionary_in(told, of).empty()) << of;
    EXPECT_EQ(number_in(dictionary_in(told, "WorstWait"), "AfterUSec"), after);
    EXPECT_EQ(number_in(dictionary_in(told, "Waits"), "Count"),
              remembered["Waits"]["Count"].get<uint64_t>());
    EXPECT_EQ(number_in(told, "DurationUSec"), remembered["DurationUSec"].get<uint64_t>());
}

TEST_F(Stats, FromAnInputEventToTheThreadThatItWakes) {
    Input input(kMouse);
    const std::string path = input.path();
    const Child game([&] { read_events(path, [] {}); });
    ASSERT_EQ(register_game(game.pid()).status, 0);
    {
        const std::jthread events = input.keep_sending();
        std::this_thread::sleep_for(2s);
        EXPECT_TRUE(eventually([&] { return threads(game.pid(), "input") == 1; })) << "now";
        EXPECT_EQ(threads(game.pid(), "none"), 0u);
    }
    EXPECT_TRUE(eventually([&] { return threads(game.pid(), "none") == 1; })) << "the role fades";
    const Dictionary all = stats(), latency = dictionary_in(all, "InputLatency"),
                     of_game = game_stats(game.pid());
    std::cout << "input to running: half below " << number_in(latency, "P50USec") << " us, of "
              << number_in(latency, "Count") << '\n';
    EXPECT_GT(number_in(latency, "Count"), 30u);
    EXPECT_LE(number_in(latency, "Count"), number_in(all, "FactsInput"));
    EXPECT_LT(number_in(latency, "P50USec"), 50'000u);
    EXPECT_GT(count(of_game, "WaitsByRole", "input"), 30u);
    EXPECT_GE(count(all, "WaitsByRole", "input"), count(of_game, "WaitsByRole", "input"));
}

TEST_F(Stats, PageFlipsComeAtThePaceOfTheScreen) {
    ASSERT_EQ(sh("modprobe bochs").status, 0);
    const Child game = sleeper();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    const Child compositor = flips_pages();
    EXPECT_TRUE(eventually(
        [] { return number_in(dictionary_in(stats(), "PageFlips"), "Count") > 100; }, 60s));
    const Dictionary flips = dictionary_in(stats(), "PageFlips");
    std::cout << "page flips: half after " << number_in(flips, "P50USec") << " us\n";
    EXPECT_GT(number_in(flips, "P50USec"), 8'000u);
    EXPECT_LT(number_in(flips, "P50USec"), 100'000u) << "a screen at 60 Hz";
}

// Three pieces of work every 20 ms, until it pauses, and another thread, of which there are many
// more.
[[noreturn]] void draw_for(std::chrono::seconds time, const Gpu& gpu, const Gpu& gpu_of_loader) {
    gpu.work();
    std::thread([&] {
        for (;; usleep(2'000))
            gpu_of_loader.work();
    }).detach();
    for (const auto end = std::chrono::steady_clock::now() + time;
         std::chrono::steady_clock::now() < end; usleep(20'000))
        for (int piece = 0; piece < 3; ++piece)
            gpu.work();
    for (;;)
        pause();
}

TEST_F(Stats, FramesAreThoseOfTheThreadThatSetsThePace) {
    const Gpu gpu, gpu_of_loader;
    Child game([&] {
        raise(SIGSTOP);
        draw_for(4s, gpu, gpu_of_loader);
    });
    const uint32_t pid = game.pid();
    ASSERT_TRUE(succeeds(register_game(pid, "1 Name s Drawn")));
    const auto frames = [&] { return dictionary_in(game_stats(pid), "Frames"); };
    EXPECT_FALSE(game_stats(pid).contains("Frames")) << "it has drawn nothing yet";
    kill(static_cast<pid_t>(pid), SIGCONT);
    EXPECT_TRUE(eventually([&] { return number_in(frames(), "Count") > 50; }));
    const Dictionary drawn = frames();
    EXPECT_GT(number_in(drawn, "P50USec"), 20'000u) << "three pieces are one frame";
    // At most 200 are the first one's.
    EXPECT_TRUE(eventually([&] { return number_in(frames(), "Count") > 600; }, 30s))
        << "when it pauses the other one sets the pace: " << number_in(frames(), "Count");
    EXPECT_LT(number_in(frames(), "P50USec"), number_in(drawn, "P50USec"));
    std::cout << "P50 " << number_in(drawn, "P50USec") << ", then "
              << number_in(frames(), "P50USec") << " us\n";
    game.kill_and_reap();
    expect_one_life(pid);
    const std::string report = sh("gamesched report drawn").text;
    std::cout << report << '\n';
    EXPECT_TRUE(report.contains("\nFrames ")) << report;
    EXPECT_TRUE(report.contains("\nframe to the next ")) << report;
    const std::string journal = sh("journalctl -b -o json GAMESCHED_GAME_NAME=Drawn").text;
    EXPECT_TRUE(journal.contains("\"GAMESCHED_FRAMES\"")) << journal;
}

// One in forty takes three times as long as the others.
TEST_F(Stats, LateFramesAreCountedAndTold) {
    const Gpu gpu;
    Child game([&] {
        raise(SIGSTOP);
        for (int frame = 1;; ++frame) {
            gpu.work();
            usleep(frame % 40 == 0 ? 90'000 : 30'000);
        }
    });
    const uint32_t pid = game.pid();
    ASSERT_TRUE(succeeds(register_game(pid, "1 Name s Stuttering")));
    kill(static_cast<pid_t>(pid), SIGCONT);
    const auto frames = [&] {
        return number_in(dictionary_in(game_stats(pid), "Frames"), "Count");
    };
    EXPECT_TRUE(eventually([&] { return frames() > 200; }, 30s)) << frames();
    game.kill_and_reap();
    expect_one_life(pid);
    const Dictionary told = listener.exited().back().summary;
    const uint64_t late = number_in(told, "LateFrames"),
                   all = number_in(dictionary_in(told, "Frames"), "Count");
    std::cout << late << " of " << all << " frames were late\n";
    EXPECT_GE(late, all / 50);
    EXPECT_LE(late, all / 8) << "others are late by themselves on a busy machine";
    const std::string report = sh("gamesched report stuttering").text;
    EXPECT_TRUE(report.contains(std::format("{} of them late", late))) << report;
    const std::string journal = sh("journalctl -b -o json GAMESCHED_GAME_NAME=Stuttering").text;
    EXPECT_TRUE(journal.contains(std::format("\"GAMESCHED_LATE_FRAMES\":\"{}\"", late))) << journal;
}

TEST_F(Stats, ASubscriberIsToldWhileItIsOneAndNobodyElseIs) {
    const Child game = waking();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    Subscriber subscriber;
    const Subscriber bystander;
    subscriber.Subscribe(200);
    ASSERT_TRUE(eventually([&] { return subscriber.updates().size() >= 3; }));
    const auto updates = subscriber.updates();
    EXPECT_GT(count(updates[2], "WaitsByClass", "game"), count(updates[0], "WaitsByClass", "game"));
    EXPECT_TRUE(bystander.updates().empty());
    subscriber.Unsubscribe();
    as_player("timeout 4 gamesched stats --watch 1 > /tmp/watch");
    EXPECT_GE(std::stoi(sh("grep -c ^Direct /tmp/watch").text), 3) << read_text("/tmp/watch");
}

TEST_F(Stats, WithoutASubscriberItRestsAgain) {
    {
        Subscriber subscriber;
        subscriber.Subscribe(100);
        const uint64_t before = context_switches();
        EXPECT_TRUE(eventually([&] { return subscriber.updates().size() > 20; }));
        EXPECT_GT(context_switches(), before + 20);
    }
    const uint64_t before = settled_context_switches();
    std::this_thread::sleep_for(10s);
    EXPECT_EQ(context_switches(), before);
}

TEST_F(Stats, JsonHasAllThatTheServiceSays) {
    const Child game = waking();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    const Dictionary before = Subscriber().Get();
    const auto stats = nlohmann::json::parse(sh("gamesched stats --json").text);
    const Dictionary after = Subscriber().Get();
    for (const auto& [name, value] : before)
        EXPECT_TRUE(stats.contains(name)) << name;
    EXPECT_GE(stats["Direct"].get<uint64_t>(), number_in(before, "Direct"));
    EXPECT_LE(stats["Direct"].get<uint64_t>(), number_in(after, "Direct"));
    EXPECT_GE(stats["WaitsByClass"]["game"]["Count"].get<uint64_t>(),
              number_in(dictionary_in(dictionary_in(before, "WaitsByClass"), "game"), "Count"));
}

TEST_F(Stats, PrometheusGetsThem) {
    const Child game = waking();
    ASSERT_EQ(register_game(game.pid()).status, 0);
    std::this_thread::sleep_for(1s);
    const std::string text = sh("gamesched stats --prometheus").text;
    for (const char* part :
         {"# TYPE gamesched_direct_total counter\n", "# TYPE gamesched_wait_seconds histogram\n",
          "gamesched_wait_seconds_bucket{class=\"game\",le=\"+Inf\"} ",
          "gamesched_game_wait_seconds_count{"})
        EXPECT_TRUE(text.contains(part)) << part << " is not in\n" << text;
}

}  // namespace
}  // namespace gamesched::test

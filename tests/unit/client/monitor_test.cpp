// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched top` shows, as text on screens of several sizes.

#include "desktop/client/monitor.h"

#include "tests/unit/client/time_zone.h"

#include <gtest/gtest.h>
#include <ftxui/screen/string.hpp>

#include <format>

namespace gamesched::client {
namespace {

using Buckets = std::vector<sdbus::Struct<std::uint64_t, std::uint64_t>>;
using Text = std::vector<std::string>;

constexpr WallTime kNow{std::chrono::seconds{1'900'000'000}};

sdbus::Variant number(std::uint64_t value) {
    return sdbus::Variant{value};
}

// `more` waits below 12 µs beside two of 5.1 ms.
Options waits(std::uint64_t more) {
    return {
        {"Count", number(more + 2)}, {"SumUSec", number(more * 10 + 10'200)},
        {"P50USec", number(12)},     {"P99USec", number(5'120)},
        {"MaxUSec", number(5'100)},  {"Buckets", sdbus::Variant{Buckets{{12, more}, {5'120, 2}}}}};
}

Options stats(std::uint64_t passed) {
    return {{"Direct", number(passed * 1'234)},
            {"Rescues", number(passed / 2)},
            {"Migrations", number(7)},
            {"WaitsByClass", sdbus::Variant{Options{{"game", sdbus::Variant{waits(passed * 100)}},
                                                    {"other", sdbus::Variant{waits(0)}}}}}};
}

Options game_stats() {
    return {{"Waits", sdbus::Variant{waits(100)}},
            {"WaitsByRole", sdbus::Variant{Options{{"none", sdbus::Variant{waits(10)}},
                                                   {"input", sdbus::Variant{waits(4)}},
                                                   {"chain", sdbus::Variant{Options{}}}}}},
            {"ThreadsByRole", sdbus::Variant{Options{{"none", number(12)}, {"input", number(1)}}}}};
}

MonitoredGame game(const std::string& name) {
    MonitoredGame monitored;
    monitored.game.name = name;
    monitored.game.started = kNow - std::chrono::seconds{723};
    monitored.user = "player";
    monitored.stats = game_stats();
    return monitored;
}

MonitorView view() {
    MonitorView view;
    view.now = kNow;
    view.keys = "every 1 s   q quits";
    view.manager.mode = "auto";
    view.manager.active = true;
    view.manager.profile = "balanced";
    view.scheduler.state = "attached";
    view.scheduler.since = kNow - std::chrono::seconds{61};
    view.games = {game("Space Game")};
    view.stats = stats(2);
    view.rates.emplace(stats(0), stats(2), std::chrono::seconds{2});
    return view;
}

Text shown(const MonitorView& view, int width = 80, int height = 24) {
    return plain_lines(monitor_screen(view, {.width = width, .height = height}));
}

std::string joined(const Text& lines) {
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return text;
}

TEST(Monitor, TheWholePage) {
    const TimeZone zone{"UTC"};
    EXPECT_EQ(joined(shown(view(), 80, kAnyHeight)),
              R"(gamesched top  17:46:40                                      every 1 s   q quits
scheduler  attached for 1 min 1 s
mode       auto, gaming mode on    profile  balanced
last trip  none since the service started

                       in the last 2.0 s                    since attached
WAITS OF       PER S       P50       P99           P50       P99       MAX
game             100     12 µs     12 µs         12 µs    5.1 ms    5.1 ms
session            0         -         -             -         -         -
kernel             0         -         -             -         -         -
other              0         -         -         12 µs    5.1 ms    5.1 ms

COUNTS PER SECOND
Direct          1234    QueuedGame             -    QueuedOther              -
Preemptions        -    GamePreemptions        -    UselessPreemptions       -
Migrations         0    Steals                 -    Rescues                0.5

GAME             USER              AGE  WAITS OF         P50       P99       MAX
Space Game       player     12 min 3 s  all            12 µs    5.1 ms    5.1 ms
                              1 thread  input          12 µs    5.1 ms    5.1 ms
                            12 threads  none           12 µs    5.1 ms    5.1 ms
)");
}

sdbus::Variant run_times(std::uint64_t each_usec, std::size_t cpus) {
    const std::vector<std::uint64_t> times(cpus, each_usec), none(cpus, 0);
    return sdbus::Variant{Options{{"game", sdbus::Variant{times}},
                                  {"other", sdbus::Variant{times}},
                                  {"kernel", sdbus::Variant{none}},
                                  {"session", sdbus::Variant{none}}}};
}

TEST(Monitor, CpusStandSideBySideAsFarAsThereIsRoom) {
    const auto shown_of = [](std::size_t cpus, int width) {
        MonitorView busy = view();
        busy.rates.emplace(Options{{"RunUSecByCpu", run_times(0, cpus)}},
                           Options{{"RunUSecByCpu", run_times(500'000, cpus)}},
                           std::chrono::seconds{2});
        return joined(shown(busy, width, kAnyHeight));
    };
    const std::string two = shown_of(2, 80);
    EXPECT_TRUE(
        two.contains("CPU   BUSY  GAMES    CPU   BUSY  GAMES\n"
                     "  0   50 %   25 %      1   50 %   25 %\n\n"))
        << two;
    const std::string many = shown_of(20, 80);
    EXPECT_TRUE(many.contains(" 15   50 %   25 %\n… and 4 more\n")) << many;
    EXPECT_FALSE(shown_of(20, 120).contains("more"));
    EXPECT_FALSE(joined(shown(view())).contains("CPU ")) << "nothing is known of them";
}

TEST(Monitor, BeforeTheFirstIntervalHasPassedThereAreNoRates) {
    MonitorView early = view();
    early.rates.reset();
    const std::string text = joined(shown(early));
    EXPECT_FALSE(text.contains("in the last")) << text;
    EXPECT_TRUE(text.contains("Direct             -")) << text;
    EXPECT_TRUE(text.contains("game               -         -         -         12 µs")) << text;
}

TEST(Monitor, WithoutASchedulerTheReasonIsSaidAndNothingIsCounted) {
    MonitorView off = view();
    off.scheduler.state = "unsupported";
    off.scheduler.reason = "the kernel has no sched_ext";
    off.stats = {{"GamesStarted", number(1)}};
    off.rates.emplace(off.stats, off.stats, std::chrono::seconds{1});
    off.games.front().stats.reset();
    const std::string text = joined(shown(off));
    EXPECT_TRUE(text.contains("unsupported for 1 min 1 s: the kernel has no sched_ext")) << text;
    EXPECT_TRUE(text.contains("game               -         -         -             -")) << text;
    EXPECT_TRUE(text.contains("all                -         -         -")) << text;
}

TEST(Monitor, TheLastTripIsSaidWithItsReason) {
    MonitorView tripped = view();
    tripped.trip = TripView{.when = kNow - std::chrono::seconds{9},
                            .kind = "stall",
                            .reason = "runnable task stall",
                            .stalled = std::chrono::seconds{30},
                            .action = "stay-off"};
    EXPECT_TRUE(
        joined(shown(tripped, 120))
            .contains("last trip  9 s ago, stall of 30.0 s, stays off: runnable task stall"))
        << joined(shown(tripped, 120));
    tripped.trip.reset();
    tripped.scheduler.trips = 3;
    EXPECT_TRUE(joined(shown(tripped)).contains("before this view, one of 3"))
        << joined(shown(tripped));
}

TEST(Monitor, AServiceThatHasGoneIsAllThatIsSaid) {
    MonitorView gone = view();
    gone.present = false;
    const Text lines = shown(gone);
    EXPECT_EQ(lines[1], "gameschedd has left the bus; waiting for it");
    for (std::size_t i = 2; i < lines.size(); ++i)
        EXPECT_EQ(lines[i], "");
}

TEST(Monitor, RolesMakeRoomForGamesAndGamesThatHaveNoneAreCounted) {
    MonitorView many = view();
    many.games.assign(4, game("Space"));
    const auto count = [&](int height, const char* what) {
        return std::ranges::count_if(shown(many, 80, height),
                                     [&](const std::string& line) { return line.contains(what); });
    };
    EXPECT_EQ(count(kAnyHeight, "Space"), 4);
    EXPECT_EQ(count(kAnyHeight, " input "), 4);
    EXPECT_EQ(count(24, "Space"), 4);
    EXPECT_EQ(count(24, " input "), 1) << "that of the first";
    EXPECT_EQ(count(22, "Space"), 4);
    EXPECT_EQ(count(22, " input "), 0);
    EXPECT_EQ(count(21, "Space"), 2);
    EXPECT_EQ(count(21, "… and 2 more"), 1);
}

TEST(Monitor, AnySizeWillDo) {
    MonitorView many = view();
    many.games.assign(3, game("Space"));
    many.trip = TripView{.when = kNow, .kind = "error", .reason = std::string(500, 'x')};
    for (int height = 1; height <= 26; ++height)
        for (const int width : {1, 2, 3, 10, 39, 79, 80, 81, 200, 1'000}) {
            const Text lines = shown(many, width, height);
            EXPECT_EQ(lines.size(), static_cast<std::size_t>(height));
            for (const std::string& line : lines)
                EXPECT_LE(ftxui::string_width(line), width) << line;
        }
}

TEST(Monitor, NamesAreCutByTheColumnsThatTheyTake) {
    EXPECT_EQ(clipped_cells("Space", 5), "Space");
    EXPECT_EQ(clipped_cells("Space", 4), "Spa…");
    EXPECT_EQ(clipped_cells("Space", 0), "");
    EXPECT_EQ(clipped_cells("測試遊戲", 8), "測試遊戲");
    EXPECT_EQ(clipped_cells("測試遊戲", 7), "測試遊…");
    EXPECT_EQ(clipped_cells("測試遊戲", 6), "測試…") << "not half of one";
    EXPECT_EQ(clipped_cells("測試遊戲", 1), "…");
    EXPECT_EQ(clipped_cells("e\u0301e\u0301e\u0301", 3), "e\u0301e\u0301e\u0301");
}

TEST(Monitor, NamesOfAllKindsLeaveTheColumnsInPlace) {
    const auto column_of = [&](const std::string& name) {
        MonitorView wide = view();
        wide.games = {game(name)};
        for (const std::string& line : shown(wide))
            if (const auto at = line.find("  player"); at != std::string::npos)
                return ftxui::string_width(line.substr(0, at));
        return -1;
    };
    const int plain = column_of("Space");
    for (const std::string name : {"測試遊戲測試遊戲測試遊戲", "🎮🎮🎮🎮🎮🎮🎮🎮🎮🎮🎮🎮",
                                   "e\u0301e\u0301", "", "a name that is longer than its column"})
        EXPECT_EQ(column_of(name), plain) << name;
}

TEST(Monitor, ColoursStandAroundTheTextAndCanBeLeftOut) {
    const auto drawn = [](bool colours) {
        MonitorView seen = view();
        seen.colours = colours;
        return monitor_screen(seen, {}).ToString();
    };
    EXPECT_TRUE(drawn(true).contains("\x1b[32m")) << drawn(true);
    EXPECT_FALSE(drawn(false).contains("\x1b[3")) << drawn(false);
    EXPECT_TRUE(drawn(false).contains("attached"));
}

}  // namespace
}  // namespace gamesched::client

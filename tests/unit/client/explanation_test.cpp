// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched explain` makes of the service's dictionaries.

#include "desktop/client/explanation.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;

sdbus::Variant text(const char* value) {
    return sdbus::Variant{std::string{value}};
}
sdbus::Variant u(std::uint32_t value) {
    return sdbus::Variant{value};
}
sdbus::Variant t(std::uint64_t value) {
    return sdbus::Variant{value};
}

Options render_thread() {
    return {{"Tid", u(4711)},
            {"Pid", u(4242)},
            {"Name", text("RenderThread")},
            {"Game", sdbus::Variant{sdbus::ObjectPath{"/org/gamesched1/game/3"}}},
            {"GameName", text("Space Game")},
            {"Class", text("game")},
            {"Role", text("gpu")},
            {"Fact", text("it submitted work to the GPU")},
            {"FactAgeUSec", t(3400)},
            {"BudgetUSec", t(250)},
            {"UsedUSec", t(1200)},
            {"Weight", u(100)},
            {"LastCpu", u(3)},
            {"Waits", t(12034)},
            {"WaitP50USec", t(20)},
            {"WaitP99USec", t(800)},
            {"WaitMaxUSec", t(9000)},
            {"WaitingUSec", t(0)},
            {"Preempted", t(1)},
            {"Preempts", t(40)}};
}

TEST(ClientExplanation, OneThreadIsAPageOfPlainWords) {
    EXPECT_EQ(thread_page(thread_view(render_thread())),
              (Lines{"Thread       4711 \"RenderThread\"",                           //
                     "Process      4242",                                            //
                     "Game         \"Space Game\", /org/gamesched1/game/3",          //
                     "Class        game: part of a game, which goes before others",  //
                     "Role         gpu: it submitted work to the GPU, 3.4 ms ago",   //
                     "Deadline     250 µs after it becomes runnable",                //
                     "CPU time     1.2 ms of late",                                  //
                     "Weight       100 (100 is usual)",                              //
                     "Last CPU     3",                                               //
                     ("Waits        12034: half of them up to 20 µs, 99 of 100 up to 800 µs, "
                      "the longest 9.0 ms"),
                     "Waits now    no",                                                  //
                     "Preempted    1 time: something more urgent took its CPU",          //
                     "Preempts     40 times: it took the CPU of something less urgent",  //
                     "", "Waiting for CPUs is not the reason: 99 of 100 waits last 800 µs or less.",
                     "Look at the GPU, the disk or the game itself."}));
}

TEST(ClientExplanation, AChainSaysWhoWokeIt) {
    Options chain = render_thread();
    chain["Role"] = text("chain");
    chain["Fact"] = text("it was woken by a critical thread");
    chain["FactTid"] = u(99);
    chain["Distance"] = u(2);
    chain["WaitingUSec"] = t(1500);
    const Lines page = thread_page(thread_view(chain));
    EXPECT_EQ(page[5], "             woken by thread 99; 2 wake-ups from the critical thread");
    EXPECT_TRUE(std::ranges::contains(page, "Waits now    for 1.5 ms"));
    chain["Distance"] = u(1);
    EXPECT_EQ(thread_page(thread_view(chain))[5],
              "             woken by thread 99; one wake-up from the critical thread");
}

TEST(ClientExplanation, WhatIsMissingOrStrangeIsHarmless) {
    const Lines empty = thread_page(thread_view({{"Tid", text("x")}, {"Role", u(5)}}));
    EXPECT_EQ(empty[0], "Thread       0 \"\"");
    EXPECT_EQ(empty[2], "Game         none");
    EXPECT_EQ(empty[4], "Role         none: nothing that it has done makes it more urgent");
    const ThreadView bad = thread_view({{"Name", text("a\x1b[2J\nb")},
                                        {"Class", text("\x1b[1m")},
                                        {"Fact", text("\a")},
                                        {"WaitMaxUSec", t(~std::uint64_t{0})}});
    EXPECT_EQ(bad.name, "a[2J b");
    EXPECT_EQ(bad.thread_class, "[1m");
    EXPECT_EQ(bad.fact, "");
    EXPECT_GT(bad.longest, 0us);
}

Options thread(std::uint32_t tid, std::uint64_t p99, std::uint64_t longest) {
    Options explanation = render_thread();
    explanation["Tid"] = u(tid);
    explanation["WaitP99USec"] = t(p99);
    explanation["WaitMaxUSec"] = t(longest);
    return explanation;
}

TEST(ClientExplanation, AProcessIsATableWithTheWorstThreadFirst) {
    Options idle = thread(5, 0, 0);
    idle["Waits"] = t(0);
    idle["Role"] = text("none");
    idle["Name"] = text("idle");
    std::vector<Options> explanations{idle, thread(9, 800, 900), thread(8, 12'000, 13'000),
                                      thread(7, 800, 900), thread(6, 800, 950)};
    sort_worst_first(explanations);
    std::vector<ThreadView> views;
    for (const Options& explanation : explanations)
        views.push_back(thread_view(explanation));
    EXPECT_EQ(threads_page(views),
              (Lines{"Process      4242, 5 threads",                                        //
                     "Game         \"Space Game\", /org/gamesched1/game/3",                 //
                     "  TID  NAME          ROLE  WAITS    P50     P99     MAX  PREEMPTED",  //
                     "    8  RenderThread  gpu   12034  20 µs   12 ms   13 ms          1",  //
                     "    6  RenderThread  gpu   12034  20 µs  800 µs  950 µs          1",  //
                     "    7  RenderThread  gpu   12034  20 µs  800 µs  900 µs          1",  //
                     "    9  RenderThread  gpu   12034  20 µs  800 µs  900 µs          1",  //
                     "    5  idle          -         0      -       -       -          1",  //
                     "\"gamesched explain --thread 8\" explains one thread"}));
    const Json json = explanations_json(explanations);
    EXPECT_EQ(json.size(), 5u);
    EXPECT_EQ(json.at(0).at("Tid"), 8u);
    EXPECT_EQ(json.at(0).at("Game"), "/org/gamesched1/game/3");
}

// The verdict on a game's thread with these numbers.
ThreadView waiting(std::uint64_t waits, Usec p99, Usec longest, std::uint64_t preempted = 0) {
    ThreadView view = thread_view(render_thread());
    view.waits = waits;
    view.p99 = p99;
    view.longest = longest;
    view.preempted = preempted;
    return view;
}

bool begins(const Lines& lines, std::size_t line, std::string_view text) {
    return line < lines.size() && lines[line].starts_with(text);
}

TEST(ClientVerdict, LongWaitsOfAGameHaveTwoReasons) {
    const Lines busy = verdict(waiting(1000, 5ms, 9ms, 99));
    EXPECT_EQ(busy.size(), 2u);
    EXPECT_TRUE(
        begins(busy, 0, "It waits for CPUs: one wait in a hundred lasts longer than 5.0 ms."));
    EXPECT_TRUE(begins(busy, 1, "The CPUs are busy"));
    EXPECT_TRUE(begins(verdict(waiting(1000, 5ms, 9ms, 100)), 1,
                       "Its CPU was taken for something more urgent 100 times"));
}

TEST(ClientVerdict, WhatIsNoGameIsToldHowToBecomeOne) {
    ThreadView view = waiting(1000, 5ms, 9ms);
    view.game.clear();
    view.thread_class = "other";
    EXPECT_NE(verdict(view).at(1).find("\"gamesched register 4242\""), std::string::npos);
    view.thread_class = "kernel";
    EXPECT_EQ(verdict(view).at(1),
              "The CPUs are busy with what is as urgent: games, and what serves them.");
}

TEST(ClientVerdict, ShortWaitsAreNotTheReasonButAnOutlierIsNamed) {
    EXPECT_TRUE(begins(verdict(waiting(1000, 999us, 16ms)), 0, "Waiting for CPUs is not"));
    EXPECT_TRUE(begins(verdict(waiting(1000, 999us, 16ms)), 1, "Look at the GPU"));
    EXPECT_TRUE(begins(verdict(waiting(1000, 999us, 17ms)), 1, "One lasted 17 ms"));
}

TEST(ClientVerdict, InBetweenItIsAPart) {
    for (const Usec p99 : {Usec{1ms}, Usec{4ms}})
        EXPECT_TRUE(begins(verdict(waiting(1000, p99, 9ms)), 0, "It waits for CPUs a little"));
}

TEST(ClientVerdict, FewWaitsAreNotJudged) {
    EXPECT_TRUE(begins(verdict(waiting(99, 50ms, 90ms)), 0, "It has waited 99 times"));
    EXPECT_FALSE(begins(verdict(waiting(100, 50ms, 90ms)), 0, "It has waited"));
    ThreadView view = waiting(1, 0us, 0us);
    view.waiting = 5s;
    const Lines lines = verdict(view);
    EXPECT_TRUE(begins(lines, 0, "It has been waiting for a CPU for 5.0 s."));
    EXPECT_TRUE(begins(lines, 1, "It has waited 1 time "));
    view = waiting(1000, 5ms, 9ms);
    view.waiting = 5s;
    EXPECT_EQ(verdict(view).size(), 3u);
}

}  // namespace
}  // namespace gamesched::client

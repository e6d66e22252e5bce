// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Sums over CPUs and percentiles, and the form in which they are on the bus.

#include "service/bus/measurements.h"

#include <gtest/gtest.h>

#include "bpf/histogram.h"
#include "service/games/measured.h"
#include "tests/support/subscriber.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

constexpr uint64_t kUsec = 1000;

// What a CPU has counted of these times.
gs_histogram of(const std::vector<uint64_t>& times_ns) {
    gs_histogram part = {};
    for (const uint64_t time : times_ns) {
        ++part.counts[gs_bucket(time)];
        part.sum += time;
        part.max = std::max<uint64_t>(part.max, time);
    }
    return part;
}

TEST(Measurements, HistogramsOfAllCpusAreSummed) {
    Histogram all, more;
    all.add(of({10 * kUsec, 20 * kUsec}));
    all.add(of({}));
    more.add(of({20 * kUsec, 90 * kUsec}));
    all.add(more);
    EXPECT_EQ(all.count(), 4u);
    EXPECT_EQ(all.sum(), 140 * kUsec);
    EXPECT_EQ(all.max(), 90 * kUsec);
    EXPECT_EQ(all.buckets(), (std::vector<Histogram::Bucket>{{12, 1}, {24, 2}, {96, 1}}));
}

TEST(Measurements, APercentileIsTheEndOfItsBucketAndNeverMoreThanTheLongest) {
    Histogram times;
    EXPECT_EQ(times.percentile_usec(500), 0u) << "of nothing";
    times.add(of(std::vector<uint64_t>(98, 100 * kUsec)));
    times.add(of({5000 * kUsec, 5100 * kUsec}));
    EXPECT_EQ(times.percentile_usec(500), gs_bucket_end_usec(gs_bucket(100 * kUsec)));
    EXPECT_EQ(times.percentile_usec(980), gs_bucket_end_usec(gs_bucket(100 * kUsec)));
    EXPECT_EQ(times.percentile_usec(990), 5100u) << "its bucket ends at 5120";
    EXPECT_EQ(times.percentile_usec(1000), 5100u);
}

TEST(Measurements, WhatIsTooLongForAllBucketsIsThePercentileAllTheSame) {
    Histogram times;
    times.add(of({20'000'000 * kUsec}));
    EXPECT_EQ(times.percentile_usec(990), 20'000'000u);
    EXPECT_EQ(times.buckets(), (std::vector<Histogram::Bucket>{{8'388'608, 1}}));
}

TEST(Measurements, AHistogramOnTheBusHasWhatTheContractSays) {
    Histogram times;
    times.add(of({10 * kUsec, 30 * kUsec + 999}));
    const Dictionary shown = on_bus(measurements_of(times));
    EXPECT_EQ(shown.size(), 6u);
    EXPECT_EQ(number_in(shown, "Count"), 2u);
    EXPECT_EQ(number_in(shown, "SumUSec"), 40u);
    EXPECT_EQ(number_in(shown, "P50USec"), 12u);
    EXPECT_EQ(number_in(shown, "P99USec"), 30u);
    EXPECT_EQ(number_in(shown, "MaxUSec"), 30u);
    const auto buckets = shown.at("Buckets").get<std::vector<sdbus::Struct<uint64_t, uint64_t>>>();
    ASSERT_EQ(buckets.size(), 2u);
    EXPECT_EQ(buckets[0], (sdbus::Struct<uint64_t, uint64_t>(12, 1)));
    EXPECT_EQ(buckets[1], (sdbus::Struct<uint64_t, uint64_t>(32, 1)));
}

TEST(Measurements, EachHistogramStandsUnderItsName) {
    SchedulerCounters counters;
    counters.counters[GS_CNT_MIGRATED] = 7;
    counters.run_ns_by_cpu[GS_PARTY_SESSION] = {8 * kUsec, 9 * kUsec};
    const auto histogram = [&](size_t first, size_t which) -> Histogram& {
        return counters.histograms.at(first + which);
    };
    histogram(GS_HIST_WAIT, GS_PARTY_SESSION).add(of({2 * kUsec}));
    histogram(GS_HIST_RUN, GS_PARTY_KERNEL).add(of({3 * kUsec}));
    histogram(GS_HIST_ROLE, GS_ROLE_AUDIO).add(of({4 * kUsec}));
    histogram(GS_HIST_INPUT, 0).add(of({5 * kUsec}));
    histogram(GS_HIST_FLIP, 0).add(of({6 * kUsec}));
    gs_histogram slices = {};
    slices.counts[0] = 2;
    slices.counts[10] = 1;
    slices.sum = 1100;
    histogram(GS_HIST_SLICE, GS_PARTY_OTHER).add(slices);

    const Dictionary shown = on_bus(measurements_of(counters));
    const auto longest = [&](const char* what, const char* of) {
        return number_in(dictionary_in(dictionary_in(shown, what), of), "MaxUSec");
    };
    EXPECT_EQ(number_in(shown, "Migrations"), 7u);
    EXPECT_EQ(dictionary_in(shown, "RunUSecByCpu").at("session").get<std::vector<uint64_t>>(),
              (std::vector<uint64_t>{8, 9}));
    EXPECT_EQ(longest("WaitsByClass", "session"), 2u);
    EXPECT_EQ(longest("WaitsByClass", "game"), 0u);
    EXPECT_EQ(longest("RunsByClass", "kernel"), 3u);
    EXPECT_EQ(longest("WaitsByRole", "audio"), 4u);
    EXPECT_EQ(number_in(dictionary_in(shown, "InputLatency"), "MaxUSec"), 5u);
    EXPECT_EQ(number_in(dictionary_in(shown, "PageFlips"), "MaxUSec"), 6u);
    const Dictionary use = dictionary_in(dictionary_in(shown, "SliceUseByClass"), "other");
    EXPECT_EQ(number_in(use, "Count"), 3u);
    EXPECT_EQ(number_in(use, "SumPermille"), 1100u);
    EXPECT_EQ(use.at("Tenths").get<std::vector<uint64_t>>(),
              (std::vector<uint64_t>{2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}));
}

TEST(Measurements, UsersTakeTurnsWhenThereIsNotRoomForAllGames) {
    const auto game = [](uint64_t tree, uid_t user) {
        Game made;
        made.tree = tree;
        made.user = user;
        return made;
    };
    const Game a = game(1, 1000), b = game(2, 1000), c = game(3, 1000), d = game(4, 1001),
               e = game(5, 1001), unfollowed = game(0, 1002);
    EXPECT_EQ(trees_in_turn({&a, &b, &c, &unfollowed, &d, &e}),
              (std::vector<uint64_t>{1, 4, 2, 5, 3}));
}

// So many of each of two lengths.
Dictionary with_frames(uint64_t usec, size_t count, uint64_t other_usec = 0, size_t others = 0) {
    std::vector<uint64_t> all(count, usec * kUsec);
    all.insert(all.end(), others, other_usec * kUsec);
    GameTimes times;
    times.frames.add(of(all));
    return on_bus(measurements_of(times, 0us));
}

TEST(Measurements, OfFramesThatKeepAPaceItIsToldHowManyWereLate) {
    for (const uint64_t period : {2'083u, 4'167u, 6'944u, 8'333u, 10'000u, 16'667u, 33'333u}) {
        const Dictionary some = with_frames(period, 90, 2 * period, 10);
        EXPECT_EQ(number_in(dictionary_in(some, "Frames"), "Count"), 100u);
        EXPECT_EQ(number_in(some, "LateFrames"), 10u) << period;
        EXPECT_EQ(number_in(with_frames(period, 100), "LateFrames"), 0u) << period;
        EXPECT_EQ(number_in(with_frames(period, 90, period * 5 / 4, 10), "LateFrames"), 0u)
            << period;
        EXPECT_EQ(number_in(with_frames(period, 90, period / 8, 10), "LateFrames"), 0u) << period;
    }
}

TEST(Measurements, OfFramesWithoutAPaceNoneIsLate) {
    for (const Dictionary& frames : {with_frames(16'667, 60, 33'333, 40),   // whichever is the pace
                                     with_frames(10'000, 10, 600, 110)}) {  // in pieces
        EXPECT_TRUE(frames.contains("Frames"));
        EXPECT_FALSE(frames.contains("LateFrames"));
    }
    EXPECT_FALSE(with_frames(0, 0).contains("Frames"));
    EXPECT_FALSE(with_frames(0, 0).contains("LateFrames"));
}

TEST(Measurements, AGamesWaitsAreThoseOfAllRolesTogether) {
    GameTimes times;
    times.waits[GS_ROLE_NONE].add(of({10 * kUsec}));
    times.waits[GS_ROLE_GPU].add(of({10 * kUsec, 90 * kUsec}));
    EXPECT_FALSE(measurements_of(times, 0us).contains("WorstWait"));
    times.worst = {.wait_ns = 90 * kUsec, .at_ns = 7 * kUsec, .role = GS_ROLE_GPU};
    const Dictionary shown = on_bus(measurements_of(times, 5us));
    const Dictionary worst = dictionary_in(shown, "WorstWait");
    EXPECT_EQ(number_in(worst, "WaitUSec"), 90u);
    EXPECT_EQ(number_in(worst, "AfterUSec"), 2u);
    EXPECT_EQ(worst.at("Role").get<std::string>(), "gpu");
    const auto count = [](const Dictionary& histogram) { return number_in(histogram, "Count"); };
    EXPECT_EQ(count(dictionary_in(shown, "Waits")), 3u);
    const Dictionary roles = dictionary_in(shown, "WaitsByRole");
    EXPECT_EQ(roles.size(), size_t{GS_NR_ROLES});
    EXPECT_EQ(count(dictionary_in(roles, "none")), 1u);
    EXPECT_EQ(count(dictionary_in(roles, "gpu")), 2u);
    EXPECT_EQ(count(dictionary_in(roles, "input")), 0u);
    // Its first thread may have waited before the moment that counts as its start.
    const Dictionary early = dictionary_in(on_bus(measurements_of(times, 8us)), "WorstWait");
    EXPECT_EQ(number_in(early, "AfterUSec"), 0u);
}

TEST(Measurements, ThreadsAreCountedByRole) {
    ThreadsByRole counted = {};
    counted[GS_ROLE_NONE] = 12;
    counted[GS_ROLE_INPUT] = 1;
    const Dictionary threads = on_bus(measurements_of(counted));
    EXPECT_EQ(threads.size(), size_t{GS_NR_ROLES});
    EXPECT_EQ(number_in(threads, "none"), 12u);
    EXPECT_EQ(number_in(threads, "input"), 1u);
    EXPECT_EQ(number_in(threads, "gpu"), 0u);
}

}  // namespace
}  // namespace gamesched::test

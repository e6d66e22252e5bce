// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/rates.h"

#include <gtest/gtest.h>

namespace gamesched::client {
namespace {

using std::chrono::seconds;

sdbus::Variant number(std::uint64_t value) {
    return sdbus::Variant{value};
}

TimesView times(std::vector<TimesView::Bucket> buckets, Usec sum) {
    TimesView view{.sum = sum};
    for (const TimesView::Bucket& bucket : buckets)
        view.count += bucket.count;
    view.buckets = std::move(buckets);
    return view;
}

TEST(Rates, CountersArePerSecond) {
    const Rates rates{{{"Direct", number(10)}, {"Rescues", number(3)}},
                      {{"Direct", number(25)}, {"Rescues", number(3)}},
                      seconds{2}};
    EXPECT_EQ(rates.per_second("Direct"), 7.5);
    EXPECT_EQ(rates.per_second("Rescues"), 0.0);
}

TEST(Rates, WhatWasBegunAfreshOrIsMissingHasNone) {
    const Options before{{"Direct", number(10)}, {"Steals", number(1)}};
    const Options now{{"Direct", number(9)}, {"Rescues", number(1)}};
    const Rates rates{before, now, seconds{1}};
    for (const char* counter : {"Direct", "Steals", "Rescues", "Kept"})
        EXPECT_EQ(rates.per_second(counter), std::nullopt) << counter;
    EXPECT_EQ(Rates(before, before, seconds{0}).per_second("Direct"), std::nullopt);
    EXPECT_EQ(rates.waits_per_second("game"), std::nullopt);
}

TEST(Rates, CpusAreBusyWithWhatRanThereInBetween) {
    using Times = std::vector<std::uint64_t>;
    const auto stats = [](Times game, Times other) {
        return Options{
            {"RunUSecByCpu", sdbus::Variant{Options{{"game", sdbus::Variant{game}},
                                                    {"other", sdbus::Variant{other}},
                                                    {"kernel", sdbus::Variant{Times{0, 0}}},
                                                    {"session", sdbus::Variant{Times{0, 0}}}}}}};
    };
    const Rates rates{stats({1'000'000, 5}, {0, 0}), stats({1'500'000, 5}, {250'000, 2'000'000}),
                      seconds{1}};
    const auto cpus = rates.cpus();
    ASSERT_EQ(cpus.size(), 2u);
    EXPECT_DOUBLE_EQ(cpus[0].games, 0.5);
    EXPECT_DOUBLE_EQ(cpus[0].all, 0.75);
    EXPECT_DOUBLE_EQ(cpus[1].games, 0);
    EXPECT_DOUBLE_EQ(cpus[1].all, 1) << "more cannot be";
    EXPECT_TRUE(Rates(stats({9}, {9}), stats({1}, {9}), seconds{1}).cpus().empty())
        << "begun afresh";
    EXPECT_TRUE(Rates({}, {}, seconds{1}).cpus().empty());
}

TEST(Rates, GrowthHasPercentilesOfItsOwn) {
    const TimesView before = times({{Usec{4}, 1'000}, {Usec{64}, 2}}, Usec{4'000});
    const TimesView now =
        times({{Usec{4}, 1'000}, {Usec{12}, 98}, {Usec{64}, 3}, {Usec{4'096}, 1}}, Usec{9'000});
    const TimesView grown = growth(before, now);
    EXPECT_EQ(grown.count, 100u);
    EXPECT_EQ(grown.sum, Usec{5'000});
    EXPECT_EQ(grown.median, Usec{12});
    EXPECT_EQ(grown.p99, Usec{64}) << "99 of 100 are shorter than this";
    EXPECT_EQ(grown.longest, Usec{4'096});
}

TEST(Rates, NoPercentileIsLongerThanTheLongestThereHasBeen) {
    TimesView now = times({{Usec{4'096}, 9}}, Usec{33'000});
    now.longest = Usec{3'700};
    const TimesView grown = growth({}, now);
    EXPECT_EQ(grown.median, Usec{3'700});
    EXPECT_EQ(grown.p99, Usec{3'700});
}

TEST(Rates, WithoutGrowthThereIsNothing) {
    const TimesView some = times({{Usec{4}, 7}, {Usec{64}, 2}}, Usec{400});
    EXPECT_EQ(growth(some, some).count, 0u);
    EXPECT_EQ(growth(some, times({{Usec{4}, 3}, {Usec{64}, 5}}, Usec{500})).count, 0u)
        << "begun afresh";
    EXPECT_EQ(growth({}, some).count, 9u);
}

}  // namespace
}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What profiles are, and which one is in force.

#include "service/scheduler/profiles.h"

#include <gtest/gtest.h>

#include <cstring>

#include "service/profile_choice.h"

namespace gamesched {
namespace {

uint64_t value(const gs_tunables& tunables, std::string_view name) {
    return get_tunable(tunables, *find_tunable(name));
}

bool are_equal(const gs_tunables& a, const gs_tunables& b) {
    return std::memcmp(&a, &b, sizeof(a)) == 0;
}

TEST(Profiles, BalancedIsAllDefaults) {
    const Profiles profiles;
    EXPECT_TRUE(profiles.has("balanced"));
    EXPECT_TRUE(are_equal(profiles.tunables("balanced", {}), default_tunables()));
    EXPECT_TRUE(are_equal(profiles.tunables("nowhere", {}), default_tunables()));
}

TEST(Profiles, EveryBuiltInValueIsWithinItsRange) {
    Profiles profiles;
    EXPECT_EQ(profiles.names(), (std::vector<std::string>{"balanced", "battery", "esports"}));
    for (const std::string& name : profiles.names())
        for (const auto& [tunable, value] : *profiles.edit(name)) {
            gs_tunables tunables = default_tunables();
            EXPECT_TRUE(set_tunable(tunables, tunable, value)) << name << ' ' << tunable;
            EXPECT_FALSE(are_equal(tunables, default_tunables())) << name << ' ' << tunable;
        }
}

TEST(Profiles, DefaultsThenProfileThenTheTunablesOverAllOfThem) {
    const Profiles profiles;
    const gs_tunables plain = profiles.tunables("battery", {});
    EXPECT_EQ(value(plain, "slice-usec"), 6'000u);
    EXPECT_EQ(value(plain, "full-frequency"), 0u);
    EXPECT_EQ(value(plain, "game-budget-usec"), 500u);
    const gs_tunables over =
        profiles.tunables("battery", {{"slice-usec", 1'000}, {"game-budget-usec", 7}});
    EXPECT_EQ(value(over, "slice-usec"), 1'000u);
    EXPECT_EQ(value(over, "game-budget-usec"), 7u);
    EXPECT_EQ(value(over, "slice-min-usec"), 1'000u);
}

TEST(Profiles, NamesAreShortWordsAndThereAreNotManyOfThem) {
    for (const char* name : {"a", "A-b_9", "abcdefghijklmnopqrstuvwxyz012345"})
        EXPECT_TRUE(Profiles::is_name(name)) << name;
    for (const char* name : {"", "a b", "a.b", "ä", "abcdefghijklmnopqrstuvwxyz0123456"})
        EXPECT_FALSE(Profiles::is_name(name)) << name;
    Profiles profiles;
    EXPECT_EQ(profiles.edit("a b"), nullptr);
    for (size_t i = profiles.names().size(); i < Profiles::kMaxProfiles; ++i)
        EXPECT_NE(profiles.edit(std::format("p{}", i)), nullptr);
    EXPECT_EQ(profiles.edit("one-more"), nullptr);
    EXPECT_NE(profiles.edit("esports"), nullptr);
    EXPECT_EQ(profiles.names().size(), Profiles::kMaxProfiles);
}

TEST(Profiles, AnUnknownOneIsNamedAndHarmless) {
    const auto checked = Profiles().check("x\x1b[2J");
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().kind, ErrorKind::kNoSuchProfile);
    EXPECT_EQ(checked.error().message.find('\x1b'), std::string::npos);
    EXPECT_TRUE(Profiles().check("esports"));
}

TEST(ProfileChoice, TheNewestGameThatNamesOneDecides) {
    const Profiles profiles;
    ProfileChoice choice;
    choice.choose("balanced");
    EXPECT_EQ(choice.in_force(profiles, "balanced", {"esports"}), "esports");
    EXPECT_EQ(choice.in_force(profiles, "balanced", {"esports", "battery"}), "battery");
    EXPECT_EQ(choice.in_force(profiles, "balanced", {"esports", "battery", ""}), "battery");
}

TEST(ProfileChoice, WithoutSuchAGameTheChoiceCountsThenTheConfiguration) {
    const Profiles profiles;
    ProfileChoice choice;
    EXPECT_EQ(choice.in_force(profiles, "battery", {}), "battery");
    EXPECT_EQ(choice.in_force(profiles, "battery", {"", ""}), "battery");
    choice.choose("esports");
    EXPECT_EQ(choice.in_force(profiles, "battery", {""}), "esports");
    choice.choose("");
    EXPECT_EQ(choice.in_force(profiles, "battery", {""}), "battery");
}

TEST(ProfileChoice, WhatDoesNotExistCountsAsNone) {
    const Profiles profiles;
    ProfileChoice choice;
    EXPECT_EQ(choice.in_force(profiles, "gone", {}), "balanced");
    choice.choose("gone");
    EXPECT_EQ(choice.in_force(profiles, "battery", {"esports", "gone"}), "esports");
    EXPECT_EQ(choice.in_force(profiles, "battery", {"gone"}), "battery");
}

}  // namespace
}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What is set and what is put back, decided from what files read and what was recorded.

#include "service/power/plan.h"

#include <gtest/gtest.h>

namespace gamesched {
namespace {

using enum PowerItem;

const std::vector<std::string> kGovernors = {"performance", "powersave", "userspace"};

SettingFile governor(std::string path, std::optional<std::string> present) {
    return {kGovernor, std::move(path), std::move(present), kGovernors};
}

SettingFile preference(std::string present) {
    return {kPreference, "epp", std::move(present), std::nullopt};
}

const Change kOurs = {kGovernor, "a", "powersave", "performance"};

std::vector<std::string> paths(const Plan& plan) {
    std::vector<std::string> paths;
    for (const Step& step : plan.steps)
        paths.push_back((step.undo ? "-" : "+") + step.change.path);
    return paths;
}

using Paths = std::vector<std::string>;

TEST(PowerPlan, EveryFileGetsTheValueAndItsOwnIsRecorded) {
    const Plan plan = make_plan({{kGovernor, "performance"}},
                                {governor("a", "powersave"), governor("b", "powersave")}, {});
    EXPECT_EQ(plan.changes,
              (std::vector<Change>{kOurs, {kGovernor, "b", "powersave", "performance"}}));
    EXPECT_EQ(paths(plan), (Paths{"+a", "+b"}));
    EXPECT_TRUE(plan.notes.empty());
}

TEST(PowerPlan, TheGovernorComesBeforeThePreferenceInBothDirections) {
    const Wishes wishes = {{kPreference, "performance"}, {kGovernor, "performance"}};
    const Plan set =
        make_plan(wishes, {preference("balance_power"), governor("a", "powersave")}, {});
    EXPECT_EQ(paths(set), (Paths{"+a", "+epp"}));
    EXPECT_EQ(paths(make_plan({}, {}, {set.changes[1], set.changes[0]})), (Paths{"-a", "-epp"}));
}

TEST(PowerPlan, WhatIsAsWishedIsNotOurs) {
    const Plan plan = make_plan({{kGovernor, "performance"}}, {governor("a", "performance")}, {});
    EXPECT_TRUE(plan.changes.empty());
    EXPECT_TRUE(plan.steps.empty());
    EXPECT_EQ(plan.notes.at(kGovernor), "performance already");
}

TEST(PowerPlan, WhatIsNotThereIsSaid) {
    const Plan plan = make_plan({{kGovernor, "performance"}, {kPlatformProfile, "performance"}},
                                {{kPlatformProfile, "p", std::nullopt, std::nullopt}}, {});
    EXPECT_EQ(plan.notes.at(kGovernor), "not there");
    EXPECT_EQ(plan.notes.at(kPlatformProfile), "not there");
}

TEST(PowerPlan, OnlyValuesThatAreOfferedAreSet) {
    const Plan plan = make_plan({{kGovernor, "schedutil"}}, {governor("a", "powersave")}, {});
    EXPECT_TRUE(plan.changes.empty());
    EXPECT_EQ(plan.notes.at(kGovernor), "this machine does not offer \"schedutil\"");
}

TEST(PowerPlan, WhatCouldNotBePutBackIsKept) {
    const SettingFile custom = {kPlatformProfile, "p", "custom",
                                std::vector<std::string>{"balanced", "performance"}};
    const Plan plan = make_plan({{kPlatformProfile, "performance"}, {kGovernor, "performance"}},
                                {custom, governor("a", "userspace")}, {});
    EXPECT_TRUE(plan.changes.empty());
    EXPECT_TRUE(plan.notes.at(kPlatformProfile).starts_with("kept: \"custom\""));
    EXPECT_TRUE(plan.notes.at(kGovernor).starts_with("kept: the frequency"));
}

TEST(PowerPlan, AfterACrashTheFirstValuesStayTheOnesToPutBack) {
    const Wishes wishes = {{kGovernor, "performance"}};
    const Plan plan = make_plan(wishes, {governor("a", "performance")}, {kOurs});
    EXPECT_EQ(plan.changes, std::vector<Change>{kOurs});
    EXPECT_TRUE(plan.steps.empty());
    const Plan unwritten = make_plan(wishes, {governor("a", "powersave")}, {kOurs});
    EXPECT_EQ(unwritten.changes, std::vector<Change>{kOurs});
    EXPECT_EQ(paths(unwritten), Paths{"+a"}) << "it was recorded and not yet written";
}

TEST(PowerPlan, WhatSomebodyElseHasSetMeanwhileIsNotOursAnyMore) {
    const Plan plan =
        make_plan({{kGovernor, "performance"}}, {governor("a", "userspace")}, {kOurs});
    EXPECT_TRUE(plan.changes.empty());
    EXPECT_TRUE(plan.steps.empty());
    EXPECT_EQ(plan.notes.at(kGovernor), "changed by somebody else: userspace");
}

TEST(PowerPlan, AnotherWishKeepsTheFirstValue) {
    const Change slow = {kGovernor, "a", "powersave", "conservative"};
    const Plan plan =
        make_plan({{kGovernor, "performance"}}, {governor("a", "conservative")}, {slow});
    EXPECT_EQ(plan.changes, std::vector<Change>{kOurs});
    EXPECT_EQ(paths(plan), Paths{"+a"});
    const Plan own = make_plan({{kGovernor, "powersave"}}, {governor("a", "performance")}, {kOurs});
    EXPECT_EQ(paths(own), Paths{"-a"}) << "the wish is its own value";
}

TEST(PowerPlan, AnItemThatIsWishedNoMoreIsPutBack) {
    const Change platform = {kPlatformProfile, "p", "balanced", "performance"};
    const Plan plan =
        make_plan({{kGovernor, "performance"}}, {governor("a", "performance")}, {kOurs, platform});
    EXPECT_EQ(paths(plan), Paths{"-p"});
    EXPECT_EQ(plan.changes, (std::vector<Change>{kOurs, platform}))
        << "it is ours until it is put back";
}

TEST(PowerPlan, AFileThatCannotBeReadStaysRecordedAndOneThatIsGoneDoesNot) {
    const Change gone = {kGovernor, "gone", "powersave", "performance"};
    const Plan plan =
        make_plan({{kGovernor, "performance"}}, {governor("a", std::nullopt)}, {kOurs, gone});
    EXPECT_EQ(plan.changes, std::vector<Change>{kOurs});
    EXPECT_TRUE(plan.steps.empty());
}

TEST(PowerPlan, OnlyWhatIsOursIsPutBack) {
    EXPECT_EQ(how_to_undo(kOurs, "performance"), Undo::kWrite);
    EXPECT_EQ(how_to_undo(kOurs, "powersave"), Undo::kNothing);
    EXPECT_EQ(how_to_undo(kOurs, "schedutil"), Undo::kForeign);
}

TEST(PowerPlan, EveryItemHasAKeyOfItsOwn) {
    for (const PowerItem item : kPowerItems)
        EXPECT_EQ(item_of(key_of(item)), item);
    EXPECT_EQ(item_of("turbo"), std::nullopt);
}

}  // namespace
}  // namespace gamesched

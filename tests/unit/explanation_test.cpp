// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/explanation.h"

#include <gtest/gtest.h>

#include "bpf/histogram.h"
#include "bpf/roles.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

constexpr uint64_t kMsec = 1'000'000;
constexpr uint64_t kNow = 10'000 * kMsec;

struct Explained : testing::Test {
    Explained() {
        facts.now_ns = kNow;
        facts.thread.task_class = GS_CLASS_OTHER;
        facts.thread.rank = GS_RANK_PLAIN;
        facts.thread.weight = 100;
        facts.thread.used_at = kNow;
    }
    std::string text(const char* key) { return answer().at(key).get<std::string>(); }
    uint64_t usec(const char* key) { return answer().at(key).get<uint64_t>(); }
    std::map<std::string, sdbus::Variant> answer() {
        return explain(facts, default_tunables(), game);
    }
    void make_game() {
        facts.tree = 7;
        facts.thread.task_class = GS_CLASS_GAME;
    }

    ThreadFacts facts;
    const Game* game = nullptr;
};

TEST_F(Explained, AnOrdinaryThreadHasNoRoleAndNoGame) {
    EXPECT_EQ(text("Class"), "other");
    EXPECT_EQ(text("Role"), "none");
    for (const char* key : {"Fact", "FactAgeUSec", "FactTid", "Distance", "Game", "GameName"})
        EXPECT_FALSE(answer().contains(key)) << key;
    EXPECT_EQ(usec("BudgetUSec"), 12'500u) << "an eighth of the bound";
}

TEST_F(Explained, AFactHasAnAgeUntilItFades) {
    make_game();
    facts.thread.role = facts.thread.root = GS_ROLE_GPU;
    facts.thread.fact_at = kNow - 3 * kMsec;
    EXPECT_EQ(text("Role"), "gpu");
    EXPECT_EQ(text("Fact"), "gave work to the GPU");
    EXPECT_EQ(usec("FactAgeUSec"), 3000u);
    facts.thread.fact_at = kNow - 300 * kMsec;
    EXPECT_EQ(text("Role"), "none");
    EXPECT_FALSE(answer().contains("FactAgeUSec"));
}

TEST_F(Explained, AGameThatIsNotLookedAtIsBehindTheOneThatIs) {
    make_game();
    EXPECT_FALSE(answer().contains("Behind"));
    facts.thread.rank = GS_RANK_BEHIND;
    EXPECT_TRUE(answer().at("Behind").get<bool>());
    EXPECT_EQ(usec("BudgetUSec"), 25'000u) << "a quarter of the bound";
}

TEST_F(Explained, AChainSaysWhoWokeItAndWhereItBegan) {
    make_game();
    facts.thread.role = GS_ROLE_CHAIN;
    facts.thread.root = GS_ROLE_INPUT;
    facts.thread.distance = 2;
    facts.thread.fact_tid = 4711;
    facts.thread.fact_at = kNow;
    EXPECT_EQ(text("Role"), "chain");
    EXPECT_TRUE(text("Fact").contains("4711") && text("Fact").contains("input")) << text("Fact");
    EXPECT_EQ(answer().at("FactTid").get<uint32_t>(), 4711u);
    EXPECT_EQ(answer().at("Distance").get<uint32_t>(), 2u);
}

TEST_F(Explained, AProcessOfTheSessionHasItsRoleByName) {
    facts.thread.task_class = GS_CLASS_GAME;
    facts.thread.session = GS_ROLE_AUDIO;
    EXPECT_EQ(text("Class"), "session");
    EXPECT_EQ(text("Role"), "audio");
    EXPECT_TRUE(text("Fact").contains("by name"));
    EXPECT_FALSE(answer().contains("FactAgeUSec")) << "a name has no age";
    facts.thread.task_class = GS_CLASS_OTHER;  // computes too much
    EXPECT_EQ(text("Class"), "other");
}

TEST_F(Explained, AKernelThreadIsTheKernels) {
    make_game();
    facts.thread.kernel = 1;
    EXPECT_EQ(text("Class"), "kernel");
}

TEST_F(Explained, AnotherSchedulingClassGoesBeforeAllOfOurs) {
    make_game();
    facts.realtime = true;
    EXPECT_EQ(text("Class"), "realtime");
}

TEST_F(Explained, WaitsAreMicrosecondsAndOneThatGoesOnIsSeen) {
    facts.thread.waits[gs_bucket(200'000)] = 99;
    facts.thread.waits[gs_bucket(9 * kMsec)] = 1;
    facts.thread.nr_waits = 100;
    facts.thread.max_wait_ns = 9 * kMsec;
    EXPECT_EQ(usec("Waits"), 100u);
    EXPECT_EQ(usec("WaitP50USec"), gs_bucket_end_usec(gs_bucket(200'000)));
    EXPECT_EQ(usec("WaitMaxUSec"), 9000u);
    EXPECT_EQ(usec("WaitingUSec"), 0u);
    facts.thread.wait_from = kNow - 5 * kMsec;
    EXPECT_EQ(usec("WaitingUSec"), 5000u);
}

TEST_F(Explained, UseDecaysUntilNow) {
    facts.thread.ran = 8 * kMsec;
    facts.thread.used_at = kNow - GS_USE_HALF_LIFE_NS;
    EXPECT_EQ(usec("UsedUSec"), 4000u);
}

TEST_F(Explained, TheGameIsNamed) {
    make_game();
    Game space;
    space.id = 3;
    space.name = "Space";
    game = &space;
    EXPECT_EQ(answer().at("Game").get<sdbus::ObjectPath>(), "/org/gamesched1/game/3");
    EXPECT_EQ(text("GameName"), "Space");
}

}  // namespace
}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/request.h"

#include <gtest/gtest.h>

namespace gamesched::session {
namespace {

constexpr pid_t kGame = 10, kSupervisor = 20, kPortal = 30, kUnknown = 0;

TEST(SessionRequest, TheGameComesFirst) {
    const Parties expected{.game = kGame, .requester = kSupervisor};
    EXPECT_EQ(parties_of(kGame, kSupervisor, kSupervisor), expected);
    EXPECT_EQ(parties_of(kGame, kSupervisor, kPortal), expected);
    EXPECT_EQ(parties_of(kGame, kSupervisor, kUnknown), expected);
}

TEST(SessionRequest, TheSenderIsTheRequesterInWhateverOrder) {
    EXPECT_EQ(parties_of(kSupervisor, kGame, kSupervisor),
              (Parties{.game = kGame, .requester = kSupervisor}));
}

TEST(SessionRequest, WhoAsksForItselfIsBoth) {
    EXPECT_EQ(parties_of(kGame, kGame, kGame), (Parties{.game = kGame, .requester = kGame}));
}

TEST(SessionRequest, ListsMatchPartsOfThePath) {
    Config config;
    EXPECT_TRUE(is_allowed_game(config, "/opt/game"));
    config.whitelist = {"gam", "other"};
    EXPECT_TRUE(is_allowed_game(config, "/opt/game"));
    EXPECT_FALSE(is_allowed_game(config, "/usr/bin/vi"));
    config.blacklist = {"/opt/"};
    EXPECT_FALSE(is_allowed_game(config, "/opt/game"));
}

TEST(SessionRequest, SupervisorsAreJudgedByTheirOwnLists) {
    Config config;
    const Parties by_other{.game = kGame, .requester = kSupervisor};
    EXPECT_EQ(judge_requester(config, by_other, "/usr/bin/lutris"), kDone);
    EXPECT_EQ(judge_requester(config, by_other, std::nullopt), kFailed);
    config.supervisor_blacklist = {"lutris"};
    EXPECT_EQ(judge_requester(config, by_other, "/usr/bin/lutris"), kRejected);
    config.supervisor_blacklist = {};
    config.supervisor_whitelist = {"heroic"};
    EXPECT_EQ(judge_requester(config, by_other, "/usr/bin/lutris"), kRejected);
    EXPECT_EQ(judge_requester(config, by_other, "/usr/bin/heroic"), kDone);
}

TEST(SessionRequest, ForOnesOwnProcessNoListOfSupervisorsCounts) {
    Config config;
    config.supervisor_whitelist = {"heroic"};
    EXPECT_EQ(judge_requester(config, {.game = kGame, .requester = kGame}, std::nullopt), kDone);
}

TEST(SessionRequest, ARequiredSupervisorIsRequiredForChangesOnly) {
    Config config;
    config.require_supervisor = true;
    const Parties itself{.game = kGame, .requester = kGame};
    EXPECT_EQ(judge_change(config, itself, std::nullopt), kRejected);
    EXPECT_EQ(judge_requester(config, itself, std::nullopt), kDone);
    EXPECT_EQ(judge_change(config, {.game = kGame, .requester = kSupervisor}, "/x"), kDone);
}

TEST(SessionRequest, TheStatusTellsWhetherAndWhose) {
    EXPECT_EQ(status_code(false, false), 0);
    EXPECT_EQ(status_code(true, false), 1);
    EXPECT_EQ(status_code(true, true), 2);
}

}  // namespace
}  // namespace gamesched::session

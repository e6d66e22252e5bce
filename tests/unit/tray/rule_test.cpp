// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The rule that the tray proposes, read by the service's own reader of rules.

#include "desktop/tray/rule.h"

#include <gtest/gtest.h>

#include "service/detection/rules.h"

namespace gamesched::tray {
namespace {

bool ignores(const std::string& rule, const RuleSubject& subject) {
    Rules rules;
    const auto added = rules.add_toml(rule, "ignore.toml");
    EXPECT_TRUE(added) << rule;
    const Rule* found = rules.find(subject);
    return found && found->ignore;
}

TEST(TrayRule, ASteamGameIsNamedByItsAppId) {
    const auto rule = rule_against({.app_id = "367520", .executable = "hollow_knight"});
    ASSERT_TRUE(rule);
    EXPECT_EQ(*rule, "[[game]]\napp-id = \"367520\"\nignore = true");
    EXPECT_TRUE(ignores(*rule, {.app_id = "367520", .executable = "other"}));
    EXPECT_FALSE(ignores(*rule, {.app_id = "1", .executable = "hollow_knight"}));
}

TEST(TrayRule, AnyOtherIsNamedByItsFile) {
    const auto rule = rule_against({.app_id = "", .executable = "supertux2"});
    ASSERT_TRUE(rule);
    EXPECT_EQ(*rule, "[[game]]\nexecutable = \"supertux2\"\nignore = true");
    EXPECT_TRUE(ignores(*rule, {.executable = "supertux2"}));
    EXPECT_FALSE(ignores(*rule, {.executable = "supertux"}));
}

TEST(TrayRule, NamesThatLookLikePatternsOrTomlFitThemselvesOnly) {
    for (const std::string name : {"*", "g[ab]me?", "back\\slash", "\"quoted\"", "a\nb", "\x1b",
                                   "\" \nignore = false", "'''", "Spiel für 2"}) {
        const auto rule = rule_against({.app_id = "", .executable = name});
        ASSERT_TRUE(rule) << name;
        EXPECT_TRUE(ignores(*rule, {.executable = name})) << *rule;
        EXPECT_FALSE(ignores(*rule, {.executable = "game1"})) << *rule;
        EXPECT_FALSE(ignores(*rule, {.executable = "gamex"})) << *rule;
    }
}

TEST(TrayRule, WhereNoneCanBeThereIsNone) {
    EXPECT_FALSE(rule_against({}));
    EXPECT_TRUE(rule_against({.app_id = "", .executable = std::string(256, 'x')}));
    EXPECT_FALSE(rule_against({.app_id = "", .executable = std::string(257, 'x')}));
    EXPECT_FALSE(rule_against({.app_id = "", .executable = std::string(129, '*')}));
}

}  // namespace
}  // namespace gamesched::tray

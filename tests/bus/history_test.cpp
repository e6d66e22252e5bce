// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What is remembered of games that have ended, and who is told.

#include <fstream>

#include "tests/bus/bus.h"

namespace gamesched::test {
namespace {

struct HistoryBus : Bus {
    // A game that is over, with its name.
    void play(const std::string& name, uid_t user = 0) {
        auto game = sleeper(user);
        EXPECT_EQ(manager(std::format("RegisterGame {} \"{{'Name': <'{}'>}}\"", game->pid(), name))
                      .status,
                  0);
        game.reset();
        EXPECT_TRUE(eventually([] { return games() == "(<@ao []>,)"; })) << games();
    }
    static std::string games() {
        return call("org.freedesktop.DBus.Properties.Get org.gamesched1.Manager Games").text;
    }
    static Output report(const std::string& arguments, uid_t user = 0) {
        return sh(as(user) + GAMESCHED " report " + arguments);
    }
};

TEST_F(HistoryBus, GamesThatHaveEndedAreRememberedOverARestart) {
    EXPECT_EQ(report("").status, 1) << report("").text;
    play("First");
    play("Second");
    daemon.reset();
    start_daemon();
    const std::string list = report("--list").text;
    EXPECT_TRUE(list.contains(" Second\n")) << list;
    EXPECT_LT(list.find("Second"), list.find("First")) << "the newest first";
    const std::string last = report("").text;
    EXPECT_TRUE(last.starts_with("Second\nPlayed      ")) << last;
    EXPECT_TRUE(last.contains("Ended       it exited")) << last;
    EXPECT_TRUE(last.contains("Nothing is known")) << last;
    EXPECT_TRUE(report("first --json").text.contains("\"Name\": \"First\""))
        << report("first").text;
    EXPECT_TRUE(report("third").text.contains("no game that has ended is called \"third\""));
}

TEST_F(HistoryBus, UsersHearOfTheirOwnGamesAndRootOfAll) {
    play("Roots");
    play("Users", kUser);
    EXPECT_TRUE(report("--list").text.contains("Roots"));
    EXPECT_TRUE(report("--list").text.contains("Users"));
    EXPECT_FALSE(report("--list", kUser).text.contains("Roots"));
    EXPECT_TRUE(report("--list", kUser).text.contains("Users"));
    EXPECT_EQ(report("--list", kOtherUser).text, "no game has ended yet");
    expect_error(call("org.gamesched1.Stats.GetHistory 0"), "OutOfRange");
    expect_error(call("org.gamesched1.Stats.GetHistory 501"), "OutOfRange");
}

TEST_F(HistoryBus, ADamagedLineIsLeftOutAndSpoilsNoOther) {
    play("Whole");
    for (const char* damaged : {R"({"Name":null})", R"({"StartedUSec":"x"})",
                                R"({"Waits":{"Buckets":[[1]]}})", "[1]", R"({"Name":"cut)"})
        std::ofstream(root / "state/history-0.jsonl", std::ios::app) << '\n' << damaged;
    play("Next");
    const std::string list = report("--list").text;
    EXPECT_TRUE(list.ends_with(" Whole")) << list;
    EXPECT_TRUE(list.contains(" Next\n")) << list;
    EXPECT_EQ(std::ranges::count(list, '\n'), 2) << list;
}

TEST_F(HistoryBus, ThoseThatAreAskedForAreTheNewest) {
    for (const char* name : {"First", "Second", "Third"})
        play(name);
    play("Users", kUser);
    // "Third Second": the names of those that are given, in their order.
    const auto names = [](int limit, uid_t user = 0) {
        const Output output = sh(
            std::format("{}gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
                        "/org/gamesched1 -m org.gamesched1.Stats.GetHistory {} | grep -o \"'Name': "
                        "<'[A-Za-z]*'>\" | sed \"s/.*<'//; s/'>//\" | paste -s -d ' '",
                        as(user), limit));
        return output.text;
    };
    EXPECT_EQ(names(1), "Users");
    EXPECT_EQ(names(2), "Users Third");
    EXPECT_EQ(names(3), "Users Third Second");
    EXPECT_EQ(names(500), "Users Third Second First");
    EXPECT_EQ(names(500, kUser), "Users");
}

TEST_F(HistoryBus, APageForABrowserIsWrittenWhereItIsAskedFor) {
    play("First");
    const std::string page = root / "page.html";
    EXPECT_EQ(report("--html " + page).text, "");
    EXPECT_TRUE(read_text(page).starts_with("<!DOCTYPE html>"));
    const Output refused = report("--html /nowhere/page.html");
    EXPECT_NE(refused.status, 0);
    EXPECT_TRUE(refused.text.contains("/nowhere/page.html: No such file")) << refused.text;
}

}  // namespace
}  // namespace gamesched::test

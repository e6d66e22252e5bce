// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The command line: what is understood, what is refused, and what belongs to the program to start.

#include "desktop/client/options.h"

#include <gtest/gtest.h>

#include "desktop/client/problem.h"

namespace gamesched::client {
namespace {

using Words = std::vector<std::string>;

template <typename T>
T parsed(const Words& arguments) {
    const auto command = parse(arguments);
    if (command && std::holds_alternative<T>(*command))
        return std::get<T>(*command);
    ADD_FAILURE() << testing::PrintToString(arguments) << ": "
                  << (command ? "another command" : command.error().text);
    return {};
}

Answer answered(const Words& arguments) {
    const auto command = parse(arguments);
    if (!command)
        return command.error();
    ADD_FAILURE() << testing::PrintToString(arguments) << " is a command";
    return {};
}

bool is_command(const Words& arguments) {
    return parse(arguments).has_value();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(ClientOptions, EachCommandIsFoundByItsName) {
    parsed<StatusCommand>({"status"});
    parsed<GamesCommand>({"games"});
    parsed<RunCommand>({"run", "game"});
    parsed<HoldCommand>({"hold", "film"});
    parsed<RegisterCommand>({"register", "1"});
    parsed<UnregisterCommand>({"unregister", "1"});
    parsed<ModeCommand>({"mode"});
    parsed<EventsCommand>({"events"});
    parsed<StatsCommand>({"stats"});
    parsed<TopCommand>({"top"});
    parsed<TuneCommand>({"tune"});
    parsed<ProfileCommand>({"profile"});
    parsed<ExplainCommand>({"explain", "1"});
    parsed<ReloadCommand>({"reload"});
    parsed<RestartCommand>({"restart"});
}

TEST(ClientOptions, FlagsReachTheirCommand) {
    const auto status = parsed<StatusCommand>({"status", "--all"});
    EXPECT_TRUE(status.all);
    EXPECT_FALSE(status.json);
    EXPECT_TRUE(parsed<StatusCommand>({"status", "--json"}).json);
    EXPECT_FALSE(parsed<DoctorCommand>({"doctor"}).json);
    EXPECT_TRUE(parsed<DoctorCommand>({"doctor", "--json"}).json);
    EXPECT_TRUE(parsed<GamesCommand>({"games", "--json"}).json);
    EXPECT_TRUE(parsed<RegisterCommand>({"register", "--json", "1"}).json);
    EXPECT_TRUE(parsed<ModeCommand>({"mode", "--json"}).json);
    EXPECT_TRUE(parsed<EventsCommand>({"events", "--json"}).json);
    EXPECT_TRUE(parsed<StatsCommand>({"stats", "--json"}).json);
    EXPECT_TRUE(parsed<StatsCommand>({"stats", "--prometheus"}).prometheus);
    EXPECT_TRUE(parsed<TuneCommand>({"tune", "--json"}).json);
    EXPECT_FALSE(parsed<TuneCommand>({"tune"}).json);
    EXPECT_TRUE(parsed<ProfileCommand>({"profile", "--json"}).json);
    EXPECT_TRUE(parsed<ExplainCommand>({"explain", "--json", "1"}).json);
    EXPECT_TRUE(parsed<ExplainCommand>({"explain", "1", "--thread"}).one_thread);
    EXPECT_FALSE(parsed<ExplainCommand>({"explain", "1"}).one_thread);
}

TEST(ClientOptions, ValuesReachTheirCommandBeforeAndAfterItsOptions) {
    const auto game = parsed<RegisterCommand>(
        {"register", "--name", "A B", "7", "--app-id=9", "--scope", "tree"});
    EXPECT_EQ(game.pid, 7u);
    EXPECT_EQ(game.name, "A B");
    EXPECT_EQ(game.app_id, "9");
    EXPECT_EQ(game.scope, "tree");
    EXPECT_EQ(parsed<RegisterCommand>({"register", "7"}).scope, "");
    EXPECT_EQ(parsed<UnregisterCommand>({"unregister", "42"}).pid, 42u);
    EXPECT_EQ(parsed<ModeCommand>({"mode"}).mode, std::nullopt);
    EXPECT_EQ(parsed<ModeCommand>({"mode", "off"}).mode, "off");
    EXPECT_EQ(parsed<RegisterCommand>({"register", "7", "--profile", "esports"}).profile,
              "esports");
    EXPECT_EQ(parsed<RegisterCommand>({"register", "7"}).profile, "");
    EXPECT_EQ(parsed<RunCommand>({"run", "--profile", "esports", "game"}).profile, "esports");
    EXPECT_EQ(parsed<RunCommand>({"run", "--profile=a", "game", "--profile", "b"}).argv,
              (Words{"game", "--profile", "b"}));
    EXPECT_EQ(parsed<ProfileCommand>({"profile"}).name, std::nullopt);
    EXPECT_EQ(parsed<ProfileCommand>({"profile", "esports"}).name, "esports");
    EXPECT_EQ(parsed<ProfileCommand>({"profile", ""}).name, "");
    EXPECT_EQ(parsed<ExplainCommand>({"explain", "42"}).id, 42u);
    EXPECT_EQ(parsed<TuneCommand>({"tune"}).name, std::nullopt);
    EXPECT_EQ(parsed<TuneCommand>({"tune", "preempt"}).value, std::nullopt);
    EXPECT_EQ(parsed<TuneCommand>({"tune", "preempt", "off"}).value, "off");
    EXPECT_EQ(parsed<TuneCommand>({"tune", "slice-usec", "-5"}).value, "-5");
}

TEST(ClientOptions, StatsAreOfAGameOrAgainAndAgain) {
    EXPECT_EQ(parsed<StatsCommand>({"stats", "--game", "A B", "--json"}).game, "A B");
    EXPECT_EQ(parsed<StatsCommand>({"stats"}).watch_seconds, std::nullopt);
    EXPECT_EQ(parsed<StatsCommand>({"stats", "--watch"}).watch_seconds, 1.0);
    EXPECT_EQ(parsed<StatsCommand>({"stats", "--watch", "--json"}).watch_seconds, 1.0);
    EXPECT_EQ(parsed<StatsCommand>({"stats", "--watch", "0.5"}).watch_seconds, 0.5);
    EXPECT_EQ(parsed<StatsCommand>({"stats", "--watch=60"}).watch_seconds, 60.0);
    for (const char* wrong : {"0", "0.09", "61", "-1", "often", "nan"})
        EXPECT_EQ(answered({"stats", "--watch", wrong}).exit_code, kExitUsage) << wrong;
    for (const Words& arguments : {Words{"stats", "--game", "x", "--watch"},
                                   {"stats", "--game", "x", "--prometheus"},
                                   {"stats", "--watch", "--prometheus"},
                                   {"stats", "--json", "--prometheus"}})
        EXPECT_EQ(answered(arguments).exit_code, kExitUsage) << testing::PrintToString(arguments);
}

TEST(ClientOptions, TopHasAnInterval) {
    EXPECT_EQ(parsed<TopCommand>({"top"}).interval_seconds, 1.0);
    EXPECT_FALSE(parsed<TopCommand>({"top"}).once);
    EXPECT_EQ(parsed<TopCommand>({"top", "--interval", "0.1"}).interval_seconds, 0.1);
    EXPECT_TRUE(parsed<TopCommand>({"top", "--interval=60", "--once"}).once);
    for (const char* wrong : {"0", "0.09", "61", "-1", "often", "nan"})
        EXPECT_EQ(answered({"top", "--interval", wrong}).exit_code, kExitUsage) << wrong;
    EXPECT_EQ(answered({"top", "--interval"}).exit_code, kExitUsage);
}

TEST(ClientOptions, RunAndHoldHaveDefaults) {
    const auto run = parsed<RunCommand>({"run", "./game"});
    EXPECT_EQ(run.argv, Words{"./game"});
    EXPECT_EQ(run.name, "");
    EXPECT_EQ(run.app_id, "");
    EXPECT_EQ(run.scope, "tree");
    const auto hold = parsed<HoldCommand>({"hold", "ffplay", "film"});
    EXPECT_EQ(hold.argv, (Words{"ffplay", "film"}));
    EXPECT_EQ(hold.app_id, "gamesched");
    EXPECT_EQ(hold.reason, "");
}

TEST(ClientOptions, WhatFollowsTheProgramIsTheProgramsOwn) {
    const auto run = parsed<RunCommand>({"run", "--name=N", "game", "--name", "x", "--help", "-h"});
    EXPECT_EQ(run.name, "N");
    EXPECT_EQ(run.argv, (Words{"game", "--name", "x", "--help", "-h"}));
    const auto hold = parsed<HoldCommand>({"hold", "--reason", "R", "obs", "--reason", "x"});
    EXPECT_EQ(hold.reason, "R");
    EXPECT_EQ(hold.argv, (Words{"obs", "--reason", "x"}));
}

TEST(ClientOptions, SteamsCommandLineIsKeptWithItsDashes) {
    const Words steam{"/steam/reaper", "SteamLaunch", "AppId=42", "--", "/games/x", "", "-w"};
    Words arguments{"run"};
    arguments.insert(arguments.end(), steam.begin(), steam.end());
    EXPECT_EQ(parsed<RunCommand>(arguments).argv, steam);
}

TEST(ClientOptions, OnlyTheFirstTwoDashesAreOurs) {
    EXPECT_EQ(parsed<RunCommand>({"run", "--", "-game", "--"}).argv, (Words{"-game", "--"}));
    EXPECT_EQ(parsed<RunCommand>({"run", "--", "--", "x"}).argv, (Words{"--", "x"}));
    EXPECT_EQ(parsed<HoldCommand>({"hold", "--app-id", "a", "--", "--json"}).argv, Words{"--json"});
}

TEST(ClientOptions, TheSplitKnowsWhichOptionsTakeTheNextWord) {
    const auto split =
        split_at_program({"--name", "a", "--scope", "tree", "--app-id=b", "c", "-d"});
    EXPECT_EQ(split.own, (Words{"--name", "a", "--scope", "tree", "--app-id=b"}));
    EXPECT_EQ(split.program, (Words{"c", "-d"}));
    EXPECT_EQ(split_at_program({"--unknown", "c"}).program, Words{"c"});
    EXPECT_EQ(split_at_program({"--reason"}).own, Words{"--reason"});
    EXPECT_TRUE(split_at_program({}).program.empty());
}

TEST(ClientOptions, NamesAreTakenAsTheyAreTyped) {
    for (const std::string name :
         {"[DEMO]", "[a,b]", "{}", "-x", "--json", "\"q\"", "a=b", " ", "%"})
        EXPECT_EQ(parsed<RunCommand>({"run", "--name", name, "game"}).name, name);
    EXPECT_EQ(parsed<RunCommand>({"run", "--name=a=b", "game"}).name, "a=b");
    EXPECT_EQ(parsed<HoldCommand>({"hold", "--reason", "[x, y]", "film"}).reason, "[x, y]");
    EXPECT_EQ(parsed<RunCommand>({"run", "--name", "", "game"}).name, "");
}

TEST(ClientOptions, RunAndHoldNeedAProgram) {
    for (const Words& arguments : {Words{"run"},
                                   {"run", "--"},
                                   {"run", "--name", "x"},
                                   {"hold"},
                                   {"hold", "--reason", "x", "--"}}) {
        const Answer answer = answered(arguments);
        EXPECT_EQ(answer.exit_code, kExitUsage);
        EXPECT_TRUE(contains(answer.text, "CMD is missing")) << answer.text;
    }
}

TEST(ClientOptions, PidsArePositiveAndFit) {
    for (const char* command : {"register", "unregister", "explain"}) {
        for (const char* pid : {"0", "-1", "2147483648", "4294967297", "99999999999999999999", "x",
                                "1x", "1.5", "", "010", "0x10", "+1"})
            EXPECT_EQ(answered({command, pid}).exit_code, kExitUsage) << command << ' ' << pid;
        EXPECT_TRUE(is_command({command, "1"}));
        EXPECT_TRUE(is_command({command, "2147483647"}));
    }
}

TEST(ClientOptions, ModesAndScopesAreWordsOfAList) {
    for (const char* mode : {"auto", "on", "off"})
        EXPECT_TRUE(is_command({"mode", mode}));
    for (const char* scope : {"tree", "process"}) {
        EXPECT_TRUE(is_command({"run", "--scope", scope, "x"}));
        EXPECT_TRUE(is_command({"register", "--scope", scope, "1"}));
    }
    for (const char* wrong : {"ON", "1", "", "group"}) {
        EXPECT_EQ(answered({"mode", wrong}).exit_code, kExitUsage);
        EXPECT_EQ(answered({"run", "--scope", wrong, "x"}).exit_code, kExitUsage);
        EXPECT_EQ(answered({"register", "--scope", wrong, "1"}).exit_code, kExitUsage);
    }
}

TEST(ClientOptions, WrongUsageSaysWhereHelpIs) {
    for (const Words& arguments : {Words{},
                                   {""},
                                   {"-"},
                                   {"--"},
                                   {"--json"},
                                   {"frobnicate"},
                                   {"STATUS"},
                                   {"stat"},
                                   {"status", "--frobnicate"},
                                   {"status", "games"},
                                   {"games", "x"},
                                   {"mode", "on", "off"},
                                   {"tune", "a", "b", "c"},
                                   {"register"},
                                   {"register", "1", "2"},
                                   {"profile", "a", "b"},
                                   {"doctor", "x"},
                                   {"explain"},
                                   {"explain", "1", "2"},
                                   {"reload", "--json"},
                                   {"run", "--reason", "r", "x"},
                                   {"run", "--frobnicate", "x"},
                                   {"hold", "--scope", "tree", "x"},
                                   {"register", "1", "--name"}}) {
        const Answer answer = answered(arguments);
        EXPECT_EQ(answer.exit_code, kExitUsage) << testing::PrintToString(arguments);
        EXPECT_TRUE(answer.text.starts_with("gamesched: ")) << answer.text;
        EXPECT_TRUE(answer.text.ends_with("\nTry \"gamesched --help\".")) << answer.text;
    }
    EXPECT_TRUE(contains(answered({"frobnicate"}).text, "\"frobnicate\""));
}

TEST(ClientOptions, EveryCommandExplainsItself) {
    const Answer help = answered({"--help"});
    EXPECT_EQ(help.exit_code, kExitOk);
    EXPECT_EQ(answered({"-h"}).text, help.text);
    for (const std::string command :
         {"status", "games", "run", "hold", "register", "unregister", "mode", "events", "stats",
          "tune", "reload", "restart", "profile", "explain", "doctor", "top"}) {
        EXPECT_TRUE(contains(help.text, "\n  " + command + " ")) << command;
        const Answer answer = answered({command, "--help"});
        EXPECT_EQ(answer.exit_code, kExitOk);
        EXPECT_TRUE(contains(answer.text, "Usage: gamesched " + command)) << answer.text;
    }
}

TEST(ClientOptions, HelpForRunIsOursOnlyBeforeTheProgram) {
    EXPECT_EQ(answered({"run", "-h", "game"}).exit_code, kExitOk);
    EXPECT_EQ(answered({"hold", "--reason", "r", "--help"}).exit_code, kExitOk);
    EXPECT_EQ(parsed<RunCommand>({"run", "--", "--help"}).argv, Words{"--help"});
}

TEST(ClientOptions, TheVersionIsOneLine) {
    const Answer version = answered({"--version"});
    EXPECT_EQ(version.exit_code, kExitOk);
    EXPECT_TRUE(version.text.starts_with("gamesched ")) << version.text;
    EXPECT_FALSE(contains(version.text, "\n"));
}

TEST(ClientOptions, WrongArgumentsDoNotReachTheTerminalRaw) {
    const std::string bad = "\x1b]0;owned\a\xff\nx";
    for (const Words& arguments : {Words{bad},
                                   {"status", bad},
                                   {"mode", bad},
                                   {"register", bad},
                                   {"tune", "a", "b", bad},
                                   {"run", "--scope", bad, "x"},
                                   {"run", "--" + bad, "x"}}) {
        const std::string text = answered(arguments).text;
        EXPECT_FALSE(contains(text, "\x1b")) << testing::PrintToString(text);
        EXPECT_FALSE(contains(text, "\a")) << testing::PrintToString(text);
        EXPECT_FALSE(contains(text, "\xff")) << testing::PrintToString(text);
        EXPECT_FALSE(contains(text, "\nx")) << testing::PrintToString(text);
        EXPECT_TRUE(contains(text, "owned")) << testing::PrintToString(text);
    }
}

}  // namespace
}  // namespace gamesched::client

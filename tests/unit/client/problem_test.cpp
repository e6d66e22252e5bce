// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which exit code and which sentence an error becomes.

#include "desktop/client/problem.h"

#include <gtest/gtest.h>

#include "dbus/names.h"

namespace gamesched::client {
namespace {

TEST(ClientProblem, AHintFollowsTheSentence) {
    EXPECT_EQ(sentence({kExitRefused, "what"}), "what");
    EXPECT_EQ(sentence({kExitRefused, "what", "hint"}), "what; hint");
}

TEST(ClientProblem, AServiceThatDoesNotRunIsUnreachable) {
    for (const char* name : {"org.freedesktop.DBus.Error.ServiceUnknown",
                             "org.freedesktop.DBus.Error.NameHasNoOwner"}) {
        const Problem problem = problem_of_error(name, "The name is not activatable");
        EXPECT_EQ(problem.exit_code, kExitUnreachable);
        EXPECT_EQ(problem.what, "gameschedd does not run");
        EXPECT_EQ(problem.hint, "\"systemctl start gameschedd\" starts it");
    }
}

TEST(ClientProblem, AServiceThatIsSilentIsUnreachable) {
    for (const char* name :
         {"org.freedesktop.DBus.Error.NoReply", "org.freedesktop.DBus.Error.Timeout",
          "org.freedesktop.DBus.Error.Disconnected", "System.Error.ETIMEDOUT",
          "System.Error.ECONNRESET"}) {
        const Problem problem = problem_of_error(name, "x");
        EXPECT_EQ(problem.exit_code, kExitUnreachable) << name;
        EXPECT_EQ(problem.what, "gameschedd does not answer");
    }
}

TEST(ClientProblem, AServiceThatCannotBeStartedIsUnreachableAndSaysWhy) {
    for (const char* name :
         {"org.freedesktop.DBus.Error.Spawn.ChildExited", "org.freedesktop.systemd1.UnitMasked"}) {
        const Problem problem = problem_of_error(name, "Unit is masked.");
        EXPECT_EQ(problem.exit_code, kExitUnreachable) << name;
        EXPECT_EQ(problem.what, "gameschedd could not be started: Unit is masked");
        EXPECT_FALSE(problem.hint.empty());
    }
}

TEST(ClientProblem, AMaskedServiceHasToBeUnmasked) {
    const Problem problem = problem_of_error("org.freedesktop.systemd1.UnitMasked", "x");
    EXPECT_TRUE(problem.hint.contains("systemctl unmask gameschedd")) << problem.hint;
}

TEST(ClientProblem, ARefusalKeepsTheServicesWordsAndSaysWhatToDo) {
    for (const char* name :
         {names::kErrorAccessDenied, names::kErrorNoSuchGame, names::kErrorNoSuchProcess,
          names::kErrorNoSuchTunable, names::kErrorNoSuchProfile, names::kErrorNotAttached,
          names::kErrorOutOfRange, names::kErrorInvalidConfiguration, names::kErrorLimitReached,
          names::kErrorFailed, "org.freedesktop.DBus.Error.AccessDenied",
          "org.freedesktop.DBus.Error.UnknownMethod",
          "org.freedesktop.DBus.Error.UnknownProperty"}) {
        const Problem problem = problem_of_error(name, "the reason");
        EXPECT_EQ(problem.exit_code, kExitRefused) << name;
        EXPECT_EQ(problem.what, "the reason");
        EXPECT_FALSE(problem.hint.empty()) << name;
    }
    EXPECT_EQ(problem_of_error(names::kErrorNoSuchGame, "x").hint,
              "\"gamesched games\" lists the games");
}

TEST(ClientProblem, AnErrorThatNobodyKnowsIsShown) {
    EXPECT_EQ(sentence(problem_of_error("org.example.Error", "the reason")), "the reason");
    EXPECT_EQ(sentence(problem_of_error("org.example.Error", "")), "org.example.Error");
    EXPECT_EQ(problem_of_error("", "x").exit_code, kExitRefused);
}

TEST(ClientProblem, MessagesAreOnePrintableLineWithoutAFullStop) {
    EXPECT_EQ(problem_of_error("e", "Bad\x1b[2J\nthing.\n").what, "Bad[2J thing");
    EXPECT_EQ(problem_of_error("e\x1b", "").what, "e");
    EXPECT_EQ(problem_of_error("org.freedesktop.systemd1.X", "\xff.").what,
              "gameschedd could not be started: \ufffd");
    EXPECT_EQ(problem_of_connection("No such file\x1b or directory.").what,
              "cannot connect to the system bus: No such file or directory");
    EXPECT_EQ(problem_of_reply("bad\nsignature").what,
              "the answer of gameschedd is not understood: bad signature");
}

TEST(ClientProblem, NoBusIsUnreachableAndAStrangeAnswerARefusal) {
    EXPECT_EQ(problem_of_connection("x").exit_code, kExitUnreachable);
    EXPECT_EQ(problem_of_reply("x").exit_code, kExitRefused);
}

}  // namespace
}  // namespace gamesched::client

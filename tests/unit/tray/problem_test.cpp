// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the tray says when the service has not done what was chosen.

#include "desktop/tray/problem.h"

#include <gtest/gtest.h>

#include "dbus/names.h"

namespace gamesched::tray {
namespace {

TEST(TrayProblem, ARefusalSaysWhatIsNeeded) {
    const std::string text = sentence_of({names::kErrorAccessDenied, "polkit refused"});
    EXPECT_TRUE(text.contains("password")) << text;
    EXPECT_TRUE(text.contains("Try again")) << text;
}

TEST(TrayProblem, AServiceThatIsAwaySaysHowItComes) {
    for (const char* name :
         {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"})
        EXPECT_TRUE(sentence_of({name, ""}).contains("systemctl start gameschedd")) << name;
    EXPECT_TRUE(sentence_of({"org.freedesktop.DBus.Error.NoReply", ""}).contains("journalctl"));
}

TEST(TrayProblem, WhatHasGoneHasGone) {
    EXPECT_EQ(sentence_of({names::kErrorNoSuchGame, "x"}), "It has ended already.");
    EXPECT_EQ(sentence_of({names::kErrorNoSuchProcess, "x"}), "It has ended already.");
    EXPECT_EQ(sentence_of({names::kErrorNoSuchProfile, "x"}), "There is no such profile any more.");
}

TEST(TrayProblem, AnythingElseIsTheServicesOwnSentenceInOneLine) {
    EXPECT_EQ(sentence_of({names::kErrorFailed, "It is\nbroken"}), "It is broken");
    EXPECT_EQ(sentence_of({"", std::string(4096, 'x')}).size(), 299 + std::string("…").size());
}

}  // namespace
}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/hold.h"

#include <gtest/gtest.h>
#include <signal.h>

namespace gamesched::client {
namespace {

constexpr pid_t kProgram = 100;
constexpr pid_t kSomebody = 200;

TEST(ClientHold, SomebodysSignalIsPassedOn) {
    EXPECT_TRUE(is_to_be_forwarded(SI_USER, kSomebody, kProgram));
    EXPECT_TRUE(is_to_be_forwarded(SI_QUEUE, kSomebody, kProgram));
    EXPECT_TRUE(is_to_be_forwarded(SI_USER, 0, kProgram));  // out of another PID namespace
}

TEST(ClientHold, WhatTheProgramHasGotOrSentItselfIsNotPassedOn) {
    EXPECT_FALSE(is_to_be_forwarded(SI_KERNEL, 0, kProgram));  // Ctrl+C
    EXPECT_FALSE(is_to_be_forwarded(SI_USER, kProgram, kProgram));
    EXPECT_FALSE(is_to_be_forwarded(SI_TKILL, kProgram, kProgram));
}

}  // namespace
}  // namespace gamesched::client

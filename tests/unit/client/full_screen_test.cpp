// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/full_screen.h"

#include <gtest/gtest.h>

namespace gamesched::client {
namespace {

TEST(FullScreen, KeysThatEndItAreKnownWhereverTheyStand) {
    for (const char* quit : {"q", "Q", "\x1b", "\x03", "xq"})
        EXPECT_EQ(typed(quit), Typed::kQuit) << quit;
}

TEST(FullScreen, OtherKeysDoNot) {
    for (const char* other : {"x", " ", "\r", "\x1b[A", "\x1bOP", "\x1b[113;1u", "\x1bq", "ü"})
        EXPECT_EQ(typed(other), Typed::kOther) << other;
    EXPECT_EQ(typed(""), Typed::kNothing);
}

}  // namespace
}  // namespace gamesched::client

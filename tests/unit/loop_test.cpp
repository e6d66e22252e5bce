// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/loop.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace gamesched {
namespace {

TEST(Loop, WhatACallbackThrowsEndsTheLoopAndIsThrownOn) {
    Loop loop;
    bool went_on = false;
    const Source failing = loop.defer([] { throw std::runtime_error("no bus"); });
    const Source later = loop.when_idle([&] { went_on = true; });
    EXPECT_THROW(loop.run(), std::runtime_error);
    EXPECT_FALSE(went_on);
}

TEST(Loop, WhatCCodeCallsMayThrow) {
    Loop loop;
    const Source source =
        loop.defer([&] { loop.guard([] { throw std::runtime_error("within another library"); }); });
    EXPECT_THROW(loop.run(), std::runtime_error);
}

TEST(Loop, ReturnsWhatItWasToldToEndWith) {
    Loop loop;
    const Source source = loop.defer([&] { loop.exit(7); });
    EXPECT_EQ(loop.run(), 7);
}

}  // namespace
}  // namespace gamesched

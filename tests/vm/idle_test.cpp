// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// No thread of the service runs while nothing happens.

#include "tests/vm/machine.h"

#include <thread>

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;
using Idle = Vm;

TEST_F(Idle, IdleMeansNoContextSwitchIn60Seconds) {
    std::this_thread::sleep_for(2s);
    const uint64_t before = context_switches();
    std::this_thread::sleep_for(60s);
    EXPECT_EQ(context_switches(), before);
}

TEST_F(Idle, AThousandUninterestingExecsDoNotWakeIt) {
    std::this_thread::sleep_for(2s);
    const uint64_t before = context_switches();
    sh("i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i + 1)); done");
    EXPECT_EQ(context_switches(), before);
}

}  // namespace
}  // namespace gamesched::test

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
    const uint64_t before = settled_context_switches();
    std::this_thread::sleep_for(60s);
    EXPECT_EQ(context_switches(), before);
}

TEST_F(Idle, AThousandUninterestingExecsDoNotWakeIt) {
    const uint64_t before = settled_context_switches();
    EXPECT_EQ(sh("i=0; while [ $i -lt 1000 ]; do " TESTSDIR
                 "/gamesched-test-nothing || exit 1; i=$((i + 1)); done")
                  .status,
              0);
    EXPECT_EQ(context_switches(), before);
}

}  // namespace
}  // namespace gamesched::test

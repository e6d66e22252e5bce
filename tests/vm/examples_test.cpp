// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// An example from where it is installed, by a user in a session. All of them:
// bus/examples_test.cpp.

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using Examples = Vm;

TEST_F(Examples, AUserCanRunThemWhereTheyAreInstalled) {
    const Output output = as_player("/usr/share/doc/gamesched/examples/game.sh sleep 0.5");
    EXPECT_EQ(output.status, 0) << output.text;
    EXPECT_TRUE(output.text.contains("registered: /org/gamesched1/game/")) << output.text;
    EXPECT_TRUE(output.text.contains("ended: ")) << output.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
    ASSERT_EQ(listener.started().size(), 1u);
    EXPECT_EQ(listener.started()[0].app_id, "org.example.Launcher");
}

}  // namespace
}  // namespace gamesched::test

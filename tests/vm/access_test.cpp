// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Who may what, with the real polkit and real sessions.

#include "tests/vm/machine.h"

#include <format>

namespace gamesched::test {
namespace {

using Access = Vm;

TEST_F(Access, AnActiveUserMayRegisterOwnProcessesAndNothingElse) {
    const Output own = as_player("gamesched run -- sleep 0.1");
    EXPECT_EQ(own.status, 0) << own.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; })) << own.text;
    const std::string call =
        "busctl --allow-interactive-authorization=no call org.gamesched1 /org/gamesched1 ";
    for (const char* method :
         {"org.gamesched1.Manager RegisterGame ua{sv} 1 0", "org.gamesched1.Manager SetMode s on",
          "org.gamesched1.Scheduler SetTunable sv slice-usec t 1000",
          "org.gamesched1.Manager SetProfile s esports", "org.gamesched1.Manager Reload"}) {
        const Output refused = as_player(call + method);
        EXPECT_NE(refused.status, 0) << method;
        EXPECT_NE(refused.text.find("Not authorised for org.gamesched1."), std::string::npos)
            << method << ": " << refused.text;
    }
    EXPECT_EQ(property("Manager.Mode"), "s \"auto\"");
}

TEST_F(Access, AUserWithoutASessionMayNot) {
    const Output refused = sh("runuser -u other -- gamesched run -- echo it ran");
    EXPECT_EQ(refused.status, 0);
    EXPECT_NE(refused.text.find("without gaming mode"), std::string::npos) << refused.text;
    EXPECT_NE(refused.text.find("it ran"), std::string::npos) << refused.text;
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// One kernel of the range: the scheduler loads, attaches, carries load and detaches, or says clearly why not.

#include <gtest/gtest.h>

#include <iostream>

#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

TEST(Matrix, AttachesCarriesLoadAndDetachesOrSaysWhyNot) {
    std::cout << sh("uname -r").text << '\n';
    sh("dmesg --clear");
    const std::string state = sh("gamesched mode on; gamesched status").text;
    const std::string ops = read_text("/sys/kernel/sched_ext/root/ops");
    if (ops != "gamesched") {
        std::cout << state << '\n';
        EXPECT_NE(state.find("damaged"), std::string::npos) << "neither attached nor a reason that explains it";
        EXPECT_EQ(ops, "");
        return;
    }
    EXPECT_EQ(sh("stress-ng --cpu 4 --fork 2 --switch 2 --affinity 1 --timeout 30 --quiet").status, 0);
    EXPECT_EQ(read_text("/sys/kernel/sched_ext/root/ops"), "gamesched") << sh("gamesched status; dmesg | tail -40").text;
    EXPECT_EQ(sh("gamesched mode auto").status, 0);
    EXPECT_TRUE(eventually([] { return read_text("/sys/kernel/sched_ext/state") == "disabled"; }));
    EXPECT_EQ(sh("dmesg | grep -iE 'stall|BUG:|oops|lockup'").text, "");
    EXPECT_EQ(sh("systemctl is-active gameschedd").text, "active");
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The installed service on a kernel without sched_ext: everything but the scheduler works.

#include <gtest/gtest.h>

#include "tests/support/doctor.h"
#include "tests/support/listener.h"
#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

TEST(NoSched, SaysThatTheSchedulerIsUnsupportedAndWhy) {
    ASSERT_NE(sh("test -e /sys/kernel/sched_ext").status, 0) << "this kernel has sched_ext";
    EXPECT_EQ(sh("systemctl is-active gameschedd").text, "active");
    const std::string status = sh("gamesched status").text;
    EXPECT_NE(status.find("unsupported"), std::string::npos) << status;
    EXPECT_NE(status.find("CONFIG_SCHED_CLASS_EXT"), std::string::npos) << status;
}

TEST(NoSched, DoctorNamesTheKernelAsTheReason) {
    const Examination examination(sh("gamesched doctor --json"));
    EXPECT_EQ(examination.status(), 1);
    EXPECT_EQ(examination.all("bad"), (std::vector<std::string>{"sched-ext", "scheduler"}));
    const std::string kernel = sh("uname -r").text;
    EXPECT_TRUE(examination["sched-ext"].what.contains(kernel)) << examination["sched-ext"].what;
    EXPECT_TRUE(examination["sched-ext"].remedy.contains("CONFIG_SCHED_CLASS_EXT"))
        << examination["sched-ext"].remedy;
    EXPECT_TRUE(examination["scheduler"].what.contains(kernel)) << examination["scheduler"].what;
    EXPECT_EQ(examination["service"].verdict, "ok") << examination["service"].what;
}

TEST(NoSched, FindsAndSignalsGamesAllTheSame) {
    const Listener listener;
    EXPECT_EQ(sh("gamesched run -- sh -c 'sleep 0.2; exit 5'").status, 5);
    sh("printf '#!/bin/sh\\nshift 3\\n\"$@\"\\n:\\n' > /tmp/reaper && chmod +x /tmp/reaper");
    sh("/tmp/reaper SteamLaunch AppId=4242 -- sleep 0.2");
    EXPECT_TRUE(eventually([&] { return listener.exited().size() >= 2; }));
    ASSERT_EQ(listener.started().size(), 2u);
    EXPECT_EQ(listener.started()[0].source, "registered");
    EXPECT_EQ(listener.started()[1].source, "detected");
    EXPECT_EQ(listener.started()[1].app_id, "4242");
}

}  // namespace
}  // namespace gamesched::test

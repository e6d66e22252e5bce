// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The contract as busctl, gdbus and the client show it.

#include "tests/vm/machine.h"

#include <format>

namespace gamesched::test {
namespace {

using Contract = Vm;

TEST_F(Contract, IntrospectionShowsTheContract) {
    const std::string shown = sh("busctl introspect org.gamesched1 /org/gamesched1").text;
    for (const char* member :
         {".RegisterGame ", ".RegisterGameByPidFd ", ".UnregisterGame ", ".Hold ", ".Release ",
          ".SetMode ", ".SetProfile ", ".Reload ", ".GameStarted ", ".GameExited ",
          ".HoldReleased ", ".Features ", ".Power ", ".SetTunable ", ".Explain ", ".Restart ",
          ".WatchdogTripped ", ".State ", ".GetManagedObjects "})
        EXPECT_NE(shown.find(member), std::string::npos) << member;
}

TEST_F(Contract, TheReplyToRegisterComesAfterTheSchedulerIsAttached) {
    const Child game = sleeper();
    const Output reply = register_game(game.pid());
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_EQ(reply.status, 0) << reply.text;
    EXPECT_TRUE(reply.text.starts_with("o \"/org/gamesched1/game/")) << reply.text;
    EXPECT_EQ(property("Manager.Active"), "b true");
    EXPECT_EQ(property("Scheduler.State"), "s \"attached\"");
    EXPECT_EQ(register_game(game.pid()).text, reply.text) << "registering again is a success";
}

// Tests that ask for less where a kernel has less would show nothing otherwise.
TEST_F(Contract, TheNewestKernelHasAllThatTheSchedulerUses) {
    const std::string features = property("Manager.Features");
    for (const char* feature :
         {"sched-ext", "preemption", "queue-order", "realtime-handover",
          "migration-disabled-enqueue", "fast-cpus", "frequency", "cgroup-weights",
          "stall-detector", "role-input", "role-gpu", "role-chains", "process-events"})
        EXPECT_TRUE(features.contains(std::format("\"{}\" b true", feature)))
            << feature << " in " << features;
}

TEST_F(Contract, GdbusAloneCanRegisterAndRead) {
    const Child game = sleeper();
    const Output reply =
        sh(std::format("gdbus call --system -d org.gamesched1 -o /org/gamesched1 "
                       "-m org.gamesched1.Manager.RegisterGame {} '{{\"Name\": <\"My game\">}}'",
                       game.pid()));
    EXPECT_EQ(reply.status, 0) << reply.text;
    const std::string objects = sh("gdbus call --system -d org.gamesched1 -o /org/gamesched1 "
                                   "-m org.freedesktop.DBus.ObjectManager.GetManagedObjects")
                                    .text;
    EXPECT_NE(objects.find("'Name': <'My game'>"), std::string::npos) << objects;
}

TEST_F(Contract, RunGivesTheCommandsOwnStatus) {
    EXPECT_EQ(sh("gamesched run -- sh -c 'exit 7'").status, 7);
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
}

// As launchers in containers do; the process's own number for itself is 1.
TEST_F(Contract, APidfdNamesAProcessOfAnotherPidNamespace) {
    // To attach it may take a slow machine longer than the client waits (5 s).
    const Child attached_already = holder();
    const Output output =
        sh("unshare --pid --fork --mount-proc gamesched run -- sh -c 'echo I am $$; sleep 0.3'");
    EXPECT_EQ(output.text, "I am 1");
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
    ASSERT_EQ(listener.started().size(), 1u);
    EXPECT_GT(listener.started()[0].pid, 1u);
}

TEST_F(Contract, AHoldLastsAsLongAsItsClient) {
    EXPECT_EQ(sh("gamesched hold --reason test -- cat /sys/kernel/sched_ext/root/ops").text,
              "gamesched");
    EXPECT_EQ(property("Manager.Holds"), "aa{sv} 0");
    sh("setsid gamesched hold -- sleep 60 > /dev/null 2>&1 &");
    ASSERT_TRUE(eventually([] { return property("Manager.Active") == "b true"; }));
    sh("pkill -9 -x gamesched; pkill -x sleep");
    EXPECT_TRUE(eventually([] { return property("Manager.Active") == "b false"; }));
}

TEST_F(Contract, AWrongConfigurationIsNamedAndChangesNothing) {
    sh("mkdir -p /etc/gamesched && printf 'mode = \"auto\"\\nlinger-msec = \"soon\"\\n' > "
       "/etc/gamesched/gamesched.toml");
    const Output reload = sh("gamesched reload");
    EXPECT_EQ(reload.status, 1);
    EXPECT_NE(reload.text.find("/etc/gamesched/gamesched.toml:2: linger-msec"), std::string::npos)
        << reload.text;
    sh("rm /etc/gamesched/gamesched.toml");
    EXPECT_EQ(sh("gamesched reload").status, 0);
    EXPECT_EQ(sh("systemctl reload gameschedd").status, 0);
}

TEST_F(Contract, ModeAndTunablesAreRootsAndTakeEffectAtOnce) {
    EXPECT_EQ(sh("gamesched mode on").status, 0);
    EXPECT_EQ(ops(), "gamesched");
    EXPECT_EQ(sh("gamesched tune slice-usec 1000").status, 0);
    EXPECT_NE(property("Scheduler.Tunables").find("\"slice-usec\" t 1000"), std::string::npos);
    EXPECT_NE(sh("gamesched tune slice-usec 5").status, 0);
    EXPECT_EQ(sh("gamesched tune slice-usec 3000").status, 0);
    EXPECT_EQ(sh("gamesched mode auto").status, 0);
}

TEST_F(Contract, AGamesProfileIsInForceWhileItRuns) {
    EXPECT_EQ(property("Manager.Profile"), "s \"balanced\"");
    EXPECT_EQ(sh("gamesched tune slice-usec 1000").status, 0);
    // What the game sees when its registration has returned.
    const Output game =
        sh("gamesched run --profile esports -- sh -c 'gamesched tune slice-usec; "
           "gamesched tune game-budget-usec; gamesched profile --json; gamesched profile battery'");
    EXPECT_EQ(game.status, 0) << game.text;
    EXPECT_TRUE(game.text.starts_with("2000\n250\n{\n  \"Profile\": \"esports\"")) << game.text;
    EXPECT_TRUE(game.text.contains("stays in force")) << game.text;
    EXPECT_TRUE(eventually([] { return property("Manager.Profile") == "s \"battery\""; }))
        << property("Manager.Profile");
    EXPECT_EQ(sh("gamesched tune slice-usec").text, "6000") << "what was tuned is forgotten";
    EXPECT_EQ(sh("gamesched profile ''").status, 0);
    EXPECT_EQ(property("Manager.Profile"), "s \"balanced\"");
    EXPECT_EQ(sh("gamesched tune slice-usec").text, "3000");
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
}

}  // namespace
}  // namespace gamesched::test

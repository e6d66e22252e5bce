// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Doctor on an installed machine: when all is well, and with each thing that can be wrong there. A
// remedy that is a command is carried out as it stands.

#include "tests/support/doctor.h"

#include "tests/vm/machine.h"

#include <format>
#include <fstream>

namespace gamesched::test {
namespace {

using Doctor = Vm;
using Names = std::vector<std::string>;

Examination examine() {
    return Examination(sh("gamesched doctor --json"));
}

// A program that does nothing, under a name and in a service of that name.
class NamedService {
  public:
    explicit NamedService(const std::string& name) : name_(name) {
        sh(
            std::format("cp /usr/bin/sleep /usr/bin/{0}; printf "
                        "'[Service]\nExecStart=/usr/bin/{0} 600\n[Install]\n"
                        "WantedBy=multi-user.target\n' > /etc/systemd/system/{0}.service; "
                        "systemctl daemon-reload; systemctl enable --now {0}",
                        name));
        EXPECT_TRUE(is_running());
    }
    NamedService(const NamedService&) = delete;
    NamedService& operator=(const NamedService&) = delete;
    ~NamedService() {
        sh(
            std::format("systemctl disable --now {0}; rm /usr/bin/{0} "
                        "/etc/systemd/system/{0}.service; systemctl daemon-reload",
                        name_));
    }
    bool is_running() const { return sh("systemctl is-active " + name_).status == 0; }

  private:
    std::string name_;
};

TEST_F(Doctor, AsRootFindsNothingToLookAt) {
    const Examination examination = examine();
    EXPECT_EQ(examination.status(), 0);
    EXPECT_EQ(examination.all("bad"), Names{});
    EXPECT_EQ(examination.all("warn"), Names{});
    for (const char* name : {"sched-ext", "btf", "service", "mode", "scheduler", "features",
                             "other-scheduler", "processes", "polkit", "permission"})
        EXPECT_EQ(examination[name].verdict, "ok") << name << ": " << examination[name].what;
    EXPECT_EQ(examination["session-bus"].verdict, "note");
    EXPECT_TRUE(sh("gamesched doctor").text.contains("0 to look at, 0 bad"));
}

TEST_F(Doctor, InASessionSeesThatTheUserMayAndThatTheHookIsOurs) {
    // In a session with a bus of its own, as the tests of GameMode's programs have.
    const Examination examination(as_player("exec dbus-run-session -- gamesched doctor --json"));
    EXPECT_EQ(examination.status(), 0);
    EXPECT_EQ(examination.all("bad"), Names{});
    for (const char* name : {"service", "polkit", "permission", "gamemode"})
        EXPECT_EQ(examination[name].verdict, "ok") << name << ": " << examination[name].what;
    EXPECT_TRUE(examination["permission"].what.contains("is active and local"))
        << examination["permission"].what;
    EXPECT_TRUE(examination["gamemode"].what.contains("start gamesched-session"))
        << examination["gamemode"].what;
    EXPECT_TRUE(examination["libgamemode"].what.contains("is there"))
        << examination["libgamemode"].what;
}

TEST_F(Doctor, SeesThatGameModesOwnServiceIsInTheWay) {
    std::ofstream("/tmp/doctor.sh")
        << "PATH=$PATH:/usr/games\n"
           "gamemoded > /dev/null 2>&1 &\n"
           "until busctl --user status com.feralinteractive.GameMode > /dev/null 2>&1; do\n"
           "    sleep 0.1\n"
           "done\n"
           "gamesched doctor --json\n"
           "kill $!\n";
    const Examination examination(as_player("exec dbus-run-session -- sh /tmp/doctor.sh"));
    EXPECT_EQ(examination["gamemode"].verdict, "warn") << examination["gamemode"].what;
    EXPECT_TRUE(examination["gamemode"].what.contains("reach gamemoded"))
        << examination["gamemode"].what;
    EXPECT_EQ(examination["gamemode"].remedy, "systemctl --user disable --now gamemoded");
    EXPECT_EQ(examination["gamemoded"].verdict, "none") << "it is named once";
}

TEST_F(Doctor, OutsideOfASessionSeesThatTheUserMayNot) {
    const Examination examination(sh("runuser -u other -- gamesched doctor --json"));
    EXPECT_EQ(examination["permission"].verdict, "warn") << examination["permission"].what;
    EXPECT_EQ(examination["polkit"].verdict, "ok") << examination["polkit"].what;
    EXPECT_EQ(examination.status(), 0) << "the machine is right";
}

TEST_F(Doctor, NamesAnotherSchedulerAndWhatRunsIt) {
    ASSERT_EQ(sh("mkdir -p /sys/fs/bpf && (mountpoint -q /sys/fs/bpf || mount -t bpf bpf "
                 "/sys/fs/bpf); bpftool struct_ops register " TESTSDIR
                 "/foreign.bpf.o /sys/fs/bpf/foreign")
                  .status,
              0);
    ASSERT_EQ(ops(), "foreign");
    EXPECT_TRUE(eventually([] { return property("Scheduler.State") == "s \"foreign\""; }));
    for (const Examination& examination :
         {examine(), Examination(as_player("gamesched doctor --json"))}) {
        EXPECT_EQ(examination.status(), 1);
        EXPECT_EQ(examination["scheduler"].verdict, "bad");
        EXPECT_EQ(examination["other-scheduler"].verdict, "bad");
        EXPECT_TRUE(examination["other-scheduler"].what.contains("\"foreign\""))
            << examination["other-scheduler"].what;
        EXPECT_TRUE(examination["other-scheduler"].remedy.contains("bpftool"))
            << examination["other-scheduler"].remedy;
    }
    {
        const NamedService scheduler("scx_loader");
        EXPECT_EQ(examine()["scx_loader"].remedy, "systemctl disable --now scx_loader.service");
    }
    sh("rm -rf /sys/fs/bpf/foreign");
    EXPECT_TRUE(eventually([] { return examine()["other-scheduler"].verdict == "ok"; }));
}

TEST_F(Doctor, NamesAProgramThatSteersSchedulingAndItsRemedyEndsIt) {
    const NamedService ananicy("ananicy-cpp");
    const Examination examination(as_player("gamesched doctor --json"));
    EXPECT_EQ(examination["ananicy-cpp"].verdict, "warn");
    EXPECT_EQ(examination["ananicy-cpp"].remedy, "systemctl disable --now ananicy-cpp.service");
    EXPECT_EQ(sh(examination["ananicy-cpp"].remedy).status, 0);
    EXPECT_FALSE(ananicy.is_running());
    EXPECT_EQ(examine()["processes"].verdict, "ok") << examine()["processes"].what;
}

TEST_F(Doctor, SaysThatTheServiceIsMaskedAndHowToStartIt) {
    sh("systemctl mask --now gameschedd");
    const Examination examination = examine();
    EXPECT_EQ(examination.status(), 1);
    EXPECT_EQ(examination["service"].verdict, "bad");
    EXPECT_TRUE(examination["service"].what.contains("masked")) << examination["service"].what;
    EXPECT_TRUE(examination["service"].remedy.contains("systemctl unmask gameschedd"))
        << examination["service"].remedy;
    sh("systemctl unmask gameschedd; systemctl reset-failed; systemctl start gameschedd");
    EXPECT_EQ(examine()["service"].verdict, "ok") << examine()["service"].what;
}

TEST_F(Doctor, SaysThatTheServiceDidNotRunAndItsRemedyStartsIt) {
    sh("systemctl stop gameschedd");
    const Examination examination = examine();
    EXPECT_EQ(examination["service"].verdict, "warn") << examination["service"].what;
    EXPECT_EQ(examination["service"].remedy, "systemctl enable --now gameschedd");
    EXPECT_EQ(sh(examination["service"].remedy).status, 0);
    EXPECT_EQ(examine()["service"].verdict, "ok") << examine()["service"].what;
}

}  // namespace
}  // namespace gamesched::test

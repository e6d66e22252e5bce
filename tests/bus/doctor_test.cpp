// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What doctor sees of buses and processes, on private ones. Machine, systemd and real sessions are
// the virtual machine's; what is made of the facts is tested in unit/client/diagnosis_test.cpp.

#include "tests/support/doctor.h"

#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdlib>
#include <memory>

#include "tests/bus/bus.h"

namespace gamesched::test {
namespace {

struct Doctor : Bus {
    std::unique_ptr<PrivateBus> session_bus =
        std::make_unique<PrivateBus>(root / "session", "DBUS_SESSION_BUS_ADDRESS");

    ~Doctor() override { unsetenv("DBUS_SESSION_BUS_ADDRESS"); }

    static Examination examine(uid_t user = 0) {
        return Examination(
            sh(std::format("setpriv --reuid {} --clear-groups " GAMESCHED " doctor --json", user)));
    }
    // A program that does nothing, under another name.
    std::unique_ptr<Process> program_named(const std::string& name) const {
        fs::copy_file("/usr/bin/sleep", root / name);
        return std::make_unique<Process>(std::vector<std::string>{root / name, "60"});
    }
};

// Has a name on the session bus and, if told, a property `version` of an interface.
class Owner {
  public:
    Owner(const char* name, const char* path, const char* interface)
        : connection_(sdbus::createSessionBusConnection()) {
        if (interface != nullptr) {
            object_ = sdbus::createObject(*connection_, sdbus::ObjectPath(path));
            object_
                ->addVTable(
                    sdbus::registerProperty("version").withGetter([]() -> uint32_t { return 4; }))
                .forInterface(sdbus::InterfaceName(interface));
        }
        connection_->requestName(sdbus::ServiceName(name));
        connection_->enterEventLoopAsync();
    }
    ~Owner() { connection_->leaveEventLoop(); }

  private:
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
};

TEST_F(Doctor, SeesTheServiceAndWhatItSays) {
    const Examination examination = examine();
    EXPECT_EQ(examination["service"].verdict, "ok") << examination["service"].what;
    EXPECT_EQ(examination["mode"].verdict, "ok");
    EXPECT_EQ(manager("SetMode off").status, 0);
    EXPECT_EQ(examine()["mode"].remedy, "gamesched mode auto");
}

// The kernel that builds and the rights of this suite are not those that a scheduler needs.
TEST_F(Doctor, SaysThatTheSchedulerCannotRunHereAndEndsWithOne) {
    const Examination examination = examine();
    EXPECT_EQ(examination["scheduler"].verdict, "bad");
    EXPECT_EQ(examination.status(), 1);
    utsname kernel = {};
    uname(&kernel);
    EXPECT_TRUE(examination["sched-ext"].what.contains(kernel.release))
        << examination["sched-ext"].what;
}

TEST_F(Doctor, SeesThatTheServiceIsNotThere) {
    daemon.reset();
    const Examination examination = examine();
    EXPECT_EQ(examination["service"].verdict, "bad");
    EXPECT_TRUE(examination["service"].remedy.contains("systemctl start gameschedd"))
        << examination["service"].remedy;
    EXPECT_EQ(examination["mode"].verdict, "none");
    EXPECT_EQ(examination.status(), 1);
}

TEST_F(Doctor, AsksPolkitWhatTheServiceWouldAsk) {
    EXPECT_EQ(examine(kUser)["polkit"].verdict, "bad") << "there is none";
    EXPECT_EQ(examine(kUser)["permission"].verdict, "none");
    {
        const Polkit polkit(true);
        const Examination examination = examine(kUser);
        EXPECT_EQ(examination["polkit"].verdict, "ok") << examination["polkit"].what;
        EXPECT_EQ(examination["permission"].verdict, "ok") << examination["permission"].what;
        EXPECT_EQ(polkit.action(), "org.gamesched1.register-game");
    }
    const Polkit polkit(false);
    const Examination examination = examine(kUser);
    EXPECT_EQ(examination["permission"].verdict, "warn");
    EXPECT_TRUE(examination["permission"].what.contains("no login session"))
        << examination["permission"].what;
    EXPECT_TRUE(examine()["permission"].what.contains("root"));
}

TEST_F(Doctor, SaysThatThereIsNoSessionBus) {
    EXPECT_EQ(examine()["session-bus"].verdict, "none");
    unsetenv("DBUS_SESSION_BUS_ADDRESS");
    EXPECT_EQ(examine()["session-bus"].verdict, "note");
    EXPECT_EQ(examine()["gamemode"].verdict, "none");
}

TEST_F(Doctor, SeesWhoAnswersToGameModesName) {
    EXPECT_TRUE(examine()["gamemode"].what.contains("nobody")) << examine()["gamemode"].what;
    {
        const Owner owner("com.feralinteractive.GameMode", "", nullptr);
        EXPECT_TRUE(examine()["gamemode"].what.contains("gamesched-bus-t"))
            << examine()["gamemode"].what;
    }
    const Process session({GAMESCHED_SESSION});
    EXPECT_TRUE(eventually([] { return examine()["gamemode"].verdict == "ok"; }))
        << examine()["gamemode"].what;
}

TEST_F(Doctor, SeesWhetherThePortalPassesGamesOn) {
    EXPECT_TRUE(examine()["portal"].what.contains("not installed")) << examine()["portal"].what;
    constexpr char kName[] = "org.freedesktop.portal.Desktop";
    constexpr char kPath[] = "/org/freedesktop/portal/desktop";
    {
        const Owner portal(kName, kPath, "org.freedesktop.portal.GameMode");
        EXPECT_EQ(examine()["portal"].verdict, "ok");
        EXPECT_TRUE(examine()["portal"].what.contains("version 4")) << examine()["portal"].what;
    }
    const Owner portal(kName, kPath, "org.freedesktop.portal.Inhibit");
    EXPECT_EQ(examine()["portal"].verdict, "warn");
}

TEST_F(Doctor, SeesWhatElseSteersSchedulingAndHowToEndIt) {
    EXPECT_EQ(examine()["processes"].verdict, "ok");
    const auto ananicy = program_named("ananicy-cpp");
    const auto system76 = program_named("system76-scheduler");
    EXPECT_TRUE(eventually([] { return examine(kUser)["system76-scheduler"].verdict == "warn"; }));
    const Examination examination = examine(kUser);
    EXPECT_EQ(examination["ananicy-cpp"].verdict, "warn");
    EXPECT_EQ(examination["ananicy-cpp"].remedy, std::format("kill {}", ananicy->pid()));
    EXPECT_EQ(sh(examination["system76-scheduler"].remedy).status, 0);
    EXPECT_TRUE(eventually([] { return examine()["system76-scheduler"].verdict == "none"; }))
        << "one that has ended and waits for its parent runs no more";
}

}  // namespace
}  // namespace gamesched::test

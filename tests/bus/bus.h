// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real daemon on a private bus, and a polkit that answers as the test wants. Runs as root, like
// the daemon; callers of other users are made with setpriv.

#pragma once

#include <gtest/gtest.h>
#include <sdbus-c++/sdbus-c++.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/support/listener.h"
#include "tests/support/power_files.h"
#include "tests/support/private_bus.h"
#include "tests/support/shell.h"

namespace gamesched::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// Users that every Debian system has: the bus wants to know their groups.
inline constexpr uid_t kUser = 65534, kOtherUser = 1;

// org.freedesktop.PolicyKit1 as far as the daemon uses it.
class Polkit {
  public:
    // Late: when answer_all() says so.
    explicit Polkit(bool answer, bool late = false)
        : answer_(answer), late_(late), connection_(sdbus::createSystemBusConnection()) {
        object_ = sdbus::createObject(*connection_,
                                      sdbus::ObjectPath("/org/freedesktop/PolicyKit1/Authority"));
        using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
        object_
            ->addVTable(sdbus::registerMethod("CheckAuthorization")
                            .implementedAs(
                                [this](sdbus::Result<Verdict>&& result, Subject, std::string action,
                                       std::map<std::string, std::string>, uint32_t, std::string) {
                                    const std::lock_guard lock(mutex_);
                                    action_ = action;
                                    asked_.push_back(std::move(result));
                                    if (!late_)
                                        asked_.back().returnResults(Verdict{answer_, false, {}});
                                }))
            .forInterface(sdbus::InterfaceName("org.freedesktop.PolicyKit1.Authority"));
        connection_->requestName(sdbus::ServiceName("org.freedesktop.PolicyKit1"));
        connection_->enterEventLoopAsync();
    }
    ~Polkit() { connection_->leaveEventLoop(); }

    std::string action() const {
        const std::lock_guard lock(mutex_);
        return action_;
    }
    size_t asked() const {
        const std::lock_guard lock(mutex_);
        return asked_.size();
    }
    void answer_all() {
        const std::lock_guard lock(mutex_);
        late_ = false;
        for (const sdbus::Result<Verdict>& result : asked_)
            result.returnResults(Verdict{answer_, false, {}});
    }

  private:
    using Verdict = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;

    const bool answer_;
    bool late_;
    mutable std::mutex mutex_;
    std::string action_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
    std::vector<sdbus::Result<Verdict>> asked_;  // on that connection
};

struct Bus : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-bus-{}", getpid());
    PowerFiles power{root / "power"};
    std::unique_ptr<PrivateBus> bus;
    std::unique_ptr<Process> daemon;

    Bus() {
        for (const char* directory : {"run", "state"})
            fs::create_directories(root / directory);
        fs::permissions(root,
                        fs::perms::owner_all | fs::perms::others_exec | fs::perms::group_exec);
        bus = std::make_unique<PrivateBus>(root / "bus", "DBUS_SYSTEM_BUS_ADDRESS");
        start_daemon();
    }
    ~Bus() override {
        daemon.reset();
        bus.reset();
        fs::remove_all(root);
    }

    void start_daemon() {
        daemon = std::make_unique<Process>(
            power.around({GAMESCHEDD, "--runtime-directory", root / "run", "--state-directory",
                          root / "state", "--config-directory", root / "etc"}));
        EXPECT_TRUE(
            eventually([] { return call("org.freedesktop.DBus.Peer.Ping").status == 0; }, 30s));
    }

    // Stands before a command that this user runs; root if nothing does.
    static std::string as(uid_t user) {
        return user == 0 ? "" : std::format("setpriv --reuid {} --clear-groups ", user);
    }
    static Output call(const std::string& method, uid_t user = 0) {
        return sh(as(user) +
                  "gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
                  "/org/gamesched1 -m " +
                  method);
    }
    static Output manager(const std::string& method, uid_t user = 0) {
        return call("org.gamesched1.Manager." + method, user);
    }
    static void expect_error(const Output& output, const std::string& name) {
        EXPECT_NE(output.status, 0) << output.text;
        EXPECT_NE(output.text.find("org.gamesched1.Error." + name), std::string::npos)
            << output.text;
    }
};

inline std::unique_ptr<Process> sleeper(uid_t user = 0) {
    auto process = std::make_unique<Process>(std::vector<std::string>{
        "setpriv", "--reuid", std::to_string(user), "--clear-groups", "sleep", "60"});
    // Until then it is another user's.
    const std::string comm = std::format("/proc/{}/comm", process->pid());
    EXPECT_TRUE(eventually([&] { return read_text(comm) == "sleep"; }));
    return process;
}

// Follows what the main object signals.
class Monitor {
  public:
    explicit Monitor(const fs::path& root)
        : log_(root / "monitor"),
          process_({"sh", "-c",
                    "exec gdbus monitor --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 "
                    "-o /org/gamesched1 > " +
                        log_}) {
        EXPECT_TRUE(eventually([&] { return text().contains("owned by"); }));
    }
    std::string text() const { return read_text(log_); }
    bool sees(const std::string& part) const {
        return eventually([&] { return text().contains(part); });
    }

  private:
    std::string log_;
    Process process_;
};

}  // namespace gamesched::test

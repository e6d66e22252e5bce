// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real gamesched-session on a private session bus, with the real gameschedd on a private system
// bus behind it. Runs as root, whom gameschedd asks for nothing.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <tuple>

#include "dbus/gamemode-proxy.h"
#include "dbus/names.h"
#include "tests/support/listener.h"
#include "tests/support/pidfd.h"
#include "tests/support/power_files.h"
#include "tests/support/private_bus.h"
#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr int kIoClass = 13, kBestEffort = 2;

// A client of GameMode's that remembers in which order things arrived.
class Client : public sdbus::ProxyInterfaces<com::feralinteractive::GameMode_proxy,
                                             sdbus::Properties_proxy> {
  public:
    Client()
        : ProxyInterfaces(sdbus::createSessionBusConnection(),
                          sdbus::ServiceName(names::kGameModeName),
                          sdbus::ObjectPath(names::kGameModePath)) {
        registerProxy();
        std::ignore = ClientCount();  // our match rules are in force before we go on
    }
    virtual ~Client() { unregisterProxy(); }

    std::vector<std::string> arrived() const {
        const std::lock_guard lock(mutex_);
        return arrived_;
    }
    bool sees(const std::string& what) const {
        return eventually([&] { return std::ranges::contains(arrived(), what); });
    }
    // The reply is remembered, too.
    void call(const char* method, int32_t pid) {
        getProxy()
            .callMethodAsync(method)
            .onInterface(GameMode_proxy::INTERFACE_NAME)
            .withArguments(pid)
            .uponReplyInvoke([this, method](std::optional<sdbus::Error> error, int32_t code) {
                remember(error ? error->getMessage() : std::format("{} {}", method, code));
            });
    }

  private:
    void remember(std::string what) {
        const std::lock_guard lock(mutex_);
        arrived_.push_back(std::move(what));
    }
    void onGameRegistered(const int32_t& pid, const sdbus::ObjectPath& path) override {
        remember(std::format("GameRegistered {} {}", pid, static_cast<std::string>(path)));
    }
    void onGameUnregistered(const int32_t& pid, const sdbus::ObjectPath& path) override {
        remember(std::format("GameUnregistered {} {}", pid, static_cast<std::string>(path)));
    }
    void onPropertiesChanged(const sdbus::InterfaceName&,
                             const std::map<sdbus::PropertyName, sdbus::Variant>& changed,
                             const std::vector<sdbus::PropertyName>&) override {
        for (const auto& [name, value] : changed)
            remember(std::format("{} {}", static_cast<std::string>(name), value.get<int32_t>()));
    }

    mutable std::mutex mutex_;
    std::vector<std::string> arrived_;
};

// org.freedesktop.ScreenSaver as far as it is used.
class Screensaver {
  public:
    Screensaver() : connection_(sdbus::createSessionBusConnection()) {
        object_ =
            sdbus::createObject(*connection_, sdbus::ObjectPath("/org/freedesktop/ScreenSaver"));
        object_
            ->addVTable(sdbus::registerMethod("Inhibit").implementedAs(
                            [this](std::string, std::string) -> uint32_t {
                                ++inhibited_;
                                return 7;
                            }),
                        sdbus::registerMethod("UnInhibit").implementedAs([this](uint32_t cookie) {
                            inhibited_ -= cookie == 7;
                        }))
            .forInterface(sdbus::InterfaceName("org.freedesktop.ScreenSaver"));
        connection_->requestName(sdbus::ServiceName("org.freedesktop.ScreenSaver"));
        connection_->enterEventLoopAsync();
    }
    ~Screensaver() { connection_->leaveEventLoop(); }

    bool becomes(int inhibited) const {
        return eventually([&] { return inhibited_ == inhibited; });
    }

  private:
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
    std::atomic<int> inhibited_ = 0;
};

struct SessionBus : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-session-{}", getpid());
    std::unique_ptr<PrivateBus> system_bus, session_bus;
    std::unique_ptr<Process> daemon, session;

    SessionBus() {
        fs::create_directories(root / "run");
        fs::create_directories(root / "etc");
        system_bus = std::make_unique<PrivateBus>(root / "system", "DBUS_SYSTEM_BUS_ADDRESS");
        session_bus = std::make_unique<PrivateBus>(root / "session", "DBUS_SESSION_BUS_ADDRESS");
    }
    ~SessionBus() override {
        session.reset();
        daemon.reset();
        session_bus.reset();
        system_bus.reset();
        fs::remove_all(root);
    }

    void start_daemon() {
        daemon =
            std::make_unique<Process>(PowerFiles(root / "power")
                                          .around({GAMESCHEDD, "--runtime-directory", root / "run",
                                                   "--config-directory", root / "none"}));
        EXPECT_TRUE(eventually(
            [] {
                return sh("gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
                          "/org/gamesched1 -m org.freedesktop.DBus.Peer.Ping")
                           .status == 0;
            },
            30s));
    }
    void start_session(const std::string& ini = "", int idle_msec = 600'000) {
        configure(ini);
        session = std::make_unique<Process>(std::vector<std::string>{
            "sh", "-c",
            std::format("exec {} --config-directory {} --idle-msec {} 2> {}", GAMESCHED_SESSION,
                        (root / "etc").string(), idle_msec, log().string())});
        EXPECT_TRUE(eventually([] { return has_owner(); }, 30s));
    }
    void configure(const std::string& ini) const {
        std::ofstream(root / "etc/gamemode.ini") << ini;
    }
    fs::path log() const { return root / "log"; }
    std::string log_text() const { return read_text(log()); }

    static bool has_owner() {
        return sh("gdbus call --session -d org.freedesktop.DBus -o /org/freedesktop/DBus -m "
                  "org.freedesktop.DBus.NameHasOwner com.feralinteractive.GameMode")
            .text.contains("true");
    }
};

std::unique_ptr<Process> sleeper() {
    auto process = std::make_unique<Process>(std::vector<std::string>{"sleep", "60"});
    const std::string comm = std::format("/proc/{}/comm", process->pid());
    EXPECT_TRUE(eventually([&] { return read_text(comm) == "sleep"; }));
    return process;
}

int32_t id(const std::unique_ptr<Process>& process) {
    return static_cast<int32_t>(process->pid());
}

std::string path_of(int32_t pid) {
    return std::format("{}/{}", names::kGameModeGames, pid);
}

int io_priority(pid_t thread) {
    return static_cast<int>(syscall(SYS_ioprio_get, 1, thread));
}

constexpr int best_effort(int level) {
    return kBestEffort << kIoClass | level;
}

// ------------------------------------------------------------------ the protocol

TEST_F(SessionBus, SignalsComeBeforeTheReplyAndInGameModesOrder) {
    start_session();
    const auto game = sleeper();
    Client client;
    client.call("RegisterGame", id(game));
    EXPECT_TRUE(client.sees("RegisterGame 0"));
    client.call("UnregisterGame", id(game));
    EXPECT_TRUE(client.sees("UnregisterGame 0"));
    EXPECT_EQ(
        client.arrived(),
        (std::vector<std::string>{
            std::format("GameRegistered {} {}", id(game), path_of(id(game))), "ClientCount 1",
            "RegisterGame 0", std::format("GameUnregistered {} {}", id(game), path_of(id(game))),
            "ClientCount 0", "UnregisterGame 0"}));
}

TEST_F(SessionBus, TheStateIsVisibleToWhoeverAsksNext) {
    start_session();
    const auto game = sleeper(), other = sleeper();
    Client client;
    EXPECT_EQ(client.QueryStatus(id(game)), 0);
    EXPECT_EQ(client.RegisterGame(id(game)), 0);
    EXPECT_EQ(client.QueryStatus(id(game)), 2);
    EXPECT_EQ(client.QueryStatus(id(other)), 1);
    EXPECT_EQ(client.ClientCount(), 1);
    EXPECT_EQ(client.UnregisterGame(id(game)), 0);
    EXPECT_EQ(client.QueryStatus(id(game)), 0);
    EXPECT_EQ(client.UnregisterGame(id(game)), -1) << "it is not registered any more";
}

TEST_F(SessionBus, ARegistrationMayBeRepeated) {
    start_session();
    Process game({"sh", "-c", "sleep 0.5; exec sleep 60"});
    const auto pid = static_cast<int32_t>(game.pid());
    ASSERT_TRUE(eventually([&] {
        return fs::read_symlink(std::format("/proc/{}/exe", pid)).filename() !=
               "gamesched-session-tests";
    }));
    Client client;
    EXPECT_EQ(client.RegisterGame(pid), 0);
    ASSERT_TRUE(
        eventually([&] { return read_text(std::format("/proc/{}/comm", pid)) == "sleep"; }));
    EXPECT_EQ(client.RegisterGame(pid), 0);
    EXPECT_EQ(client.ClientCount(), 1);
    const Output executable = sh(std::format(
        "gdbus call --session -d com.feralinteractive.GameMode -o {} -m "
        "org.freedesktop.DBus.Properties.Get com.feralinteractive.GameMode.Game Executable",
        path_of(pid)));
    EXPECT_TRUE(
        executable.text.contains(fs::read_symlink(std::format("/proc/{}/exe", pid)).string()))
        << executable.text;
}

TEST_F(SessionBus, AGameHasAnObject) {
    start_session();
    const auto game = sleeper();
    Client client;
    ASSERT_EQ(client.RegisterGameByPID(id(game), getpid()), 0);
    const std::string all =
        sh(std::format("gdbus call --session -d com.feralinteractive.GameMode -o {} -m "
                       "org.freedesktop.DBus.Properties.GetAll com.feralinteractive.GameMode.Game",
                       path_of(id(game))))
            .text;
    EXPECT_TRUE(all.contains(std::format("'ProcessId': <{}>", id(game)))) << all;
    EXPECT_TRUE(all.contains(std::format("'Requester': <{}>", getpid()))) << all;
    EXPECT_TRUE(all.contains("sleep")) << all;
    EXPECT_TRUE(all.contains("'Timestamp': <uint64 1")) << all;
    const auto list = client.ListGames();
    ASSERT_EQ(list.size(), 1u);
    EXPECT_EQ(std::get<0>(list[0]), id(game));
    EXPECT_EQ(std::get<1>(list[0]), path_of(id(game)));
    EXPECT_TRUE(sh("gdbus introspect --session -d com.feralinteractive.GameMode -o "
                   "/com/feralinteractive/GameMode/Games")
                    .text.contains(std::format("node {}", id(game))));
}

TEST_F(SessionBus, OfUnknownGamesThereIsAnError) {
    start_session();
    const auto connection = sdbus::createSessionBusConnection();
    const auto proxy = sdbus::createProxy(*connection, sdbus::ServiceName(names::kGameModeName),
                                          sdbus::ObjectPath(path_of(4711)));
    try {
        std::ignore =
            proxy->getProperty("ProcessId").onInterface("com.feralinteractive.GameMode.Game");
        FAIL() << "there is none";
    } catch (const sdbus::Error& error) {
        EXPECT_EQ(error.getName(), "org.freedesktop.DBus.Error.UnknownObject");
        EXPECT_EQ(error.getMessage(), "No client registered with id '4711'");
    }
}

TEST_F(SessionBus, PidfdsAreAsGoodAsPids) {
    start_session();
    const auto game = sleeper();
    Client client;
    const auto own = pidfd_of(getpid());
    EXPECT_EQ(client.RegisterGameByPIDFd(pidfd_of(id(game)), own), 0);
    EXPECT_EQ(client.QueryStatusByPIDFd(pidfd_of(id(game)), own), 2);
    EXPECT_EQ(client.QueryStatusByPIDFd(own, own), 1);
    EXPECT_EQ(client.UnregisterGameByPIDFd(pidfd_of(id(game)), own), 0);
    EXPECT_EQ(client.ClientCount(), 0);
    const sdbus::UnixFd no_pidfd(open("/dev/null", O_RDONLY | O_CLOEXEC), sdbus::adopt_fd);
    EXPECT_EQ(client.RegisterGameByPIDFd(no_pidfd, own), -1);
}

TEST_F(SessionBus, OfTwoPidsTheSendersIsTheRequesters) {
    start_session();
    const auto game = sleeper();
    Client client;
    EXPECT_EQ(client.RegisterGameByPID(id(game), getpid()), 0);
    EXPECT_EQ(client.QueryStatusByPID(id(game), getpid()), 2);
    EXPECT_EQ(client.QueryStatusByPID(getpid(), id(game)), 2) << "the other order";
    EXPECT_EQ(client.QueryStatus(getpid()), 1) << "the sender is no game";
    EXPECT_EQ(client.UnregisterGameByPID(getpid(), id(game)), 0);
    EXPECT_EQ(client.ClientCount(), 0);
}

TEST_F(SessionBus, WhatIsNoProcessIsRefusedWithACode) {
    start_session();
    Client client;
    EXPECT_EQ(client.RegisterGame(0), -1);
    EXPECT_EQ(client.RegisterGame(-5), -1);
    EXPECT_EQ(client.RegisterGame(4194305), -1);
    EXPECT_EQ(client.RestartGamemode(4194305), -1);
    EXPECT_EQ(client.QueryStatusByPID(getpid(), 4194305), 0) << "the sender is the requester";
}

TEST_F(SessionBus, AGameThatDiesIsUnregisteredAtOnce) {
    start_session();
    const auto game = sleeper();
    const int32_t pid = id(game);
    Client client;
    ASSERT_EQ(client.RegisterGame(pid), 0);
    const auto begin = std::chrono::steady_clock::now();
    game->end(SIGKILL);
    EXPECT_TRUE(client.sees(std::format("GameUnregistered {} {}", pid, path_of(pid))));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    EXPECT_EQ(client.ClientCount(), 0);
}

TEST_F(SessionBus, RequestsAreCarriedOutInTheOrderOfTheirArrival) {
    start_session("[custom]\nstart=sleep 0.5\n");
    const auto game = sleeper();
    Client client;
    client.call("RegisterGame", id(game));
    client.call("QueryStatus", id(game));
    EXPECT_TRUE(client.sees("QueryStatus 2"));
    const auto arrived = client.arrived();
    EXPECT_LT(std::ranges::find(arrived, "RegisterGame 0"),
              std::ranges::find(arrived, "QueryStatus 2"));
}

TEST_F(SessionBus, GamesAreLimited) {
    start_session();
    Client client;
    std::vector<std::unique_ptr<Process>> games;
    for (int i = 0; i < 256; ++i) {
        games.push_back(sleeper());
        ASSERT_EQ(client.RegisterGame(id(games.back())), 0);
    }
    const auto one_more = sleeper();
    EXPECT_EQ(client.RegisterGame(id(one_more)), -1);
    EXPECT_EQ(client.ClientCount(), 256);
}

// ------------------------------------------------------------------ gameschedd

TEST_F(SessionBus, GamescheddIsToldOfGames) {
    start_daemon();
    start_session();
    const Listener listener;
    const auto game = sleeper(), killed = sleeper();
    const uint32_t killed_pid = killed->pid();
    Client client;
    ASSERT_EQ(client.RegisterGame(id(game)), 0);
    ASSERT_EQ(client.RegisterGame(id(killed)), 0);
    EXPECT_TRUE(eventually([&] { return listener.started().size() == 2; }));
    EXPECT_EQ(listener.starts_of(game->pid()), 1u);
    EXPECT_EQ(listener.started()[0].source, "gamemode");
    ASSERT_EQ(client.UnregisterGame(id(game)), 0);
    killed->end(SIGKILL);
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 2; }));
    EXPECT_EQ(listener.exits_of(game->pid()), 1u);
    EXPECT_EQ(listener.exits_of(killed_pid), 1u);
    EXPECT_FALSE(log_text().contains("gameschedd is not told")) << log_text();
}

TEST_F(SessionBus, WithoutGamescheddGamesAreCountedAndTheJournalSaysWhatIsMissing) {
    start_session();
    const auto game = sleeper(), other = sleeper();
    Client client;
    EXPECT_EQ(client.RegisterGame(id(game)), 0);
    EXPECT_EQ(client.RegisterGame(id(other)), 0);
    EXPECT_EQ(client.ClientCount(), 2);
    EXPECT_TRUE(log_text().contains("gameschedd is not told")) << log_text();
    EXPECT_EQ(sh("grep -c 'is not told' " + log().string()).text, "1") << "not for every game";
}

TEST_F(SessionBus, WithoutASystemBusGamesAreCounted) {
    system_bus.reset();
    start_session();
    const auto game = sleeper();
    Client client;
    EXPECT_EQ(client.RegisterGame(id(game)), 0);
    EXPECT_EQ(client.QueryStatus(id(game)), 2);
    EXPECT_TRUE(log_text().contains("there is no system bus")) << log_text();
}

TEST_F(SessionBus, ASystemBusThatGoesTakesNoGameWithIt) {
    start_daemon();
    start_session();
    const auto game = sleeper(), later = sleeper();
    Client client;
    ASSERT_EQ(client.RegisterGame(id(game)), 0);
    daemon.reset();
    system_bus.reset();
    EXPECT_EQ(client.RegisterGame(id(later)), 0);
    EXPECT_EQ(client.ClientCount(), 2);
    EXPECT_EQ(client.UnregisterGame(id(game)), 0);
    fs::remove(root / "system");
    system_bus = std::make_unique<PrivateBus>(root / "system", "DBUS_SYSTEM_BUS_ADDRESS");
    start_daemon();
    const Listener listener;
    const auto last = sleeper();
    EXPECT_EQ(client.RegisterGame(id(last)), 0);
    EXPECT_TRUE(eventually([&] { return listener.starts_of(last->pid()) == 1; })) << log_text();
}

TEST_F(SessionBus, AGamescheddThatComesLaterIsTold) {
    start_session();
    const auto game = sleeper(), later = sleeper();
    Client client;
    ASSERT_EQ(client.RegisterGame(id(game)), 0);
    start_daemon();
    const Listener listener;
    ASSERT_EQ(client.RegisterGame(id(later)), 0);
    EXPECT_TRUE(eventually([&] { return listener.starts_of(later->pid()) == 1; }));
}

// ------------------------------------------------------------------ effects

TEST_F(SessionBus, ThreadsAreBestEffort0WhileRegisteredAnd4Afterwards) {
    start_session();
    const Process game(
        {"python3", "-c",
         "import threading, time\n"
         "for i in range(3): threading.Thread(target=time.sleep, args=[60]).start()\n"
         "time.sleep(60)"});
    const std::string tasks = std::format("/proc/{}/task", game.pid());
    const auto threads = [&] {
        std::vector<pid_t> ids;
        for (const auto& task : fs::directory_iterator(tasks))
            ids.push_back(std::stoi(task.path().filename()));
        return ids;
    };
    ASSERT_TRUE(eventually([&] { return threads().size() == 4; }));
    Client client;
    ASSERT_EQ(client.RegisterGame(static_cast<int32_t>(game.pid())), 0);
    for (const pid_t thread : threads())
        EXPECT_EQ(io_priority(thread), best_effort(0));
    ASSERT_EQ(client.UnregisterGame(static_cast<int32_t>(game.pid())), 0);
    for (const pid_t thread : threads())
        EXPECT_EQ(io_priority(thread), best_effort(4));
}

TEST_F(SessionBus, NiceIsSetOnlyWhenConfigured) {
    start_session();
    const auto game = sleeper();
    const auto nice = [&] {
        return sh(std::format("ps -o ni= -p {} | tr -d ' '", game->pid())).text;
    };
    Client client;
    ASSERT_EQ(client.RegisterGame(id(game)), 0);
    EXPECT_EQ(nice(), sh("ps -o ni= -p $$ | tr -d ' '").text) << "as it was";
    configure("[general]\nrenice=7\n");
    ASSERT_EQ(sh(std::format("renice -n 0 {}", game->pid())).status, 0);
    EXPECT_EQ(client.RefreshConfig(), 0);
    EXPECT_EQ(nice(), "-7");
    ASSERT_EQ(client.UnregisterGame(id(game)), 0);
    EXPECT_EQ(nice(), "0");
}

TEST_F(SessionBus, TheScreenSaverIsKeptOffWhileThereAreGames) {
    const Screensaver screensaver;
    start_session();
    const auto game = sleeper(), other = sleeper();
    Client client;
    client.RegisterGame(id(game));
    EXPECT_TRUE(screensaver.becomes(1));
    client.RegisterGame(id(other));
    client.UnregisterGame(id(game));
    EXPECT_TRUE(screensaver.becomes(1));
    client.UnregisterGame(id(other));
    EXPECT_TRUE(screensaver.becomes(0));
}

TEST_F(SessionBus, TheScreenSaverIsLeftAloneIfTheConfigurationSaysSo) {
    const Screensaver screensaver;
    start_session("[general]\ninhibit_screensaver=0\n[custom]\nstart=sleep 0.3\n");
    const auto game = sleeper();
    Client client;
    client.RegisterGame(id(game));
    EXPECT_TRUE(screensaver.becomes(0));
    configure("");
    client.RefreshConfig();
    EXPECT_TRUE(screensaver.becomes(1));
}

TEST_F(SessionBus, ScriptsRunWithTheFirstAndTheLastGameAndDoNotBlock) {
    const std::string file = root / "scripts";
    start_session(
        std::format("[custom]\nstart=sleep 1; echo start >> {0}\nend=echo end >> {0}\n", file));
    const auto game = sleeper(), other = sleeper();
    Client client;
    client.call("RegisterGame", id(game));
    const auto begin = std::chrono::steady_clock::now();
    std::ignore = client.ClientCount();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 800ms) << "the loop goes on";
    EXPECT_EQ(client.RegisterGame(id(other)), 0);
    EXPECT_EQ(read_text(file), "start") << "done when the reply is there";
    client.UnregisterGame(id(game));
    EXPECT_EQ(read_text(file), "start");
    client.UnregisterGame(id(other));
    EXPECT_EQ(read_text(file), "start\nend");
}

TEST_F(SessionBus, RestartingRunsTheScriptsAgain) {
    const std::string file = root / "scripts";
    start_session(std::format("[custom]\nstart=echo start >> {0}\nend=echo end >> {0}\n", file));
    const auto game = sleeper();
    Client client;
    EXPECT_EQ(client.RestartGamemode(getpid()), 1) << "it was off";
    client.RegisterGame(id(game));
    EXPECT_EQ(client.RestartGamemode(getpid()), 0);
    EXPECT_EQ(read_text(file), "start\nend\nstart");
    EXPECT_EQ(client.ClientCount(), 1);
}

TEST_F(SessionBus, ListsDecideWhoMay) {
    start_session("[filter]\nblacklist=/sleep\n");
    const auto game = sleeper();
    Client client;
    EXPECT_EQ(client.RegisterGame(id(game)), -1);
    configure("[supervisor]\nsupervisor_blacklist=session-tests\n");
    EXPECT_EQ(client.RegisterGameByPID(id(game), getpid()), -2);
    EXPECT_EQ(client.QueryStatusByPID(id(game), getpid()), -2);
    EXPECT_EQ(client.UnregisterGameByPID(id(game), getpid()), -2);
    configure("[supervisor]\nrequire_supervisor=1\n");
    EXPECT_EQ(client.RegisterGame(id(game)), -2);
    EXPECT_EQ(client.RegisterGameByPID(id(game), getpid()), 0);
    EXPECT_EQ(client.UnregisterGame(id(game)), -2);
    EXPECT_EQ(client.UnregisterGameByPID(id(game), getpid()), 0);
}

TEST_F(SessionBus, SettingsThatHaveNoEffectAreSaidOnce) {
    start_session("[general]\ndesiredgov=performance\n");
    const auto game = sleeper();
    Client client;
    client.RegisterGame(id(game));
    client.UnregisterGame(id(game));
    client.RefreshConfig();
    EXPECT_EQ(sh("grep -c 'without effect here: \\[general\\] desiredgov' " + log().string()).text,
              "1")
        << log_text();
}

// ------------------------------------------------------------------ its own life

TEST_F(SessionBus, ItEndsWhenThereIsNothingToDo) {
    start_session("", 2000);
    const auto game = sleeper();
    Client client;
    client.RegisterGame(id(game));
    std::this_thread::sleep_for(2500ms);
    EXPECT_EQ(session->status(), std::nullopt) << "there is a game";
    client.UnregisterGame(id(game));
    EXPECT_TRUE(eventually([&] { return session->status() == 0; }));
}

TEST_F(SessionBus, ItUndoesWhatItDidWhenItIsStopped) {
    const std::string file = root / "scripts";
    start_daemon();
    const Listener listener;
    start_session(std::format("[custom]\nend=echo end >> {}\n", file));
    const auto game = sleeper();
    Client client;
    client.RegisterGame(id(game));
    session->end(SIGTERM);
    EXPECT_EQ(read_text(file), "end");
    EXPECT_EQ(io_priority(id(game)), best_effort(4));
    EXPECT_TRUE(eventually([&] { return listener.exits_of(game->pid()) == 1; }));
}

TEST_F(SessionBus, ItUndoesWhatItDidWhenTheBusGoes) {
    const std::string file = root / "scripts";
    start_session(std::format("[custom]\nend=echo end >> {}\n", file));
    const auto game = sleeper();
    {
        Client client;
        client.RegisterGame(id(game));
    }
    session_bus.reset();
    EXPECT_TRUE(eventually([&] { return session->status() == 0; })) << log_text();
    EXPECT_EQ(read_text(file), "end");
    EXPECT_EQ(io_priority(id(game)), best_effort(4));
}

}  // namespace
}  // namespace gamesched::test

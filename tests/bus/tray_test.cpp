// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real gamesched-tray on a private session bus, with a panel and a notification server that
// remember what they were told. Behind it, on a private system bus, the real gameschedd, or where a
// kernel without sched_ext never comes, its double. Runs as root, whom gameschedd asks for nothing.

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <format>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/support/listener.h"
#include "tests/support/private_bus.h"
#include "tests/support/service_double.h"
#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr char kTray[] = "org.gamesched1.Tray";
constexpr uid_t kUser = 65534;

// org.kde.StatusNotifierWatcher: a panel that has just started.
class Panel {
  public:
    Panel() : connection_(sdbus::createSessionBusConnection()) {
        object_ = sdbus::createObject(*connection_, sdbus::ObjectPath("/StatusNotifierWatcher"));
        object_
            ->addVTable(sdbus::registerMethod("RegisterStatusNotifierItem")
                            .implementedAs([this](std::string item) {
                                const std::lock_guard lock(mutex_);
                                items_.push_back(item);
                            }))
            .forInterface(sdbus::InterfaceName("org.kde.StatusNotifierWatcher"));
        connection_->requestName(sdbus::ServiceName("org.kde.StatusNotifierWatcher"));
        connection_->enterEventLoopAsync();
    }
    ~Panel() { connection_->leaveEventLoop(); }

    std::vector<std::string> items() const {
        const std::lock_guard lock(mutex_);
        return items_;
    }
    bool has_tray() const {
        return eventually([&] { return items() == std::vector<std::string>{kTray}; }, 20s);
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> items_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
};

struct Shown {
    uint32_t replaces;
    std::string summary, body;
    int32_t timeout;
};

// org.freedesktop.Notifications.
class Notifications {
  public:
    explicit Notifications(std::vector<std::string> capabilities = {"body", "body-markup"})
        : connection_(sdbus::createSessionBusConnection()) {
        object_ =
            sdbus::createObject(*connection_, sdbus::ObjectPath("/org/freedesktop/Notifications"));
        using Hints = std::map<std::string, sdbus::Variant>;
        object_
            ->addVTable(
                sdbus::registerMethod("GetCapabilities").implementedAs([capabilities] {
                    return capabilities;
                }),
                sdbus::registerMethod("Notify").implementedAs(
                    [this](std::string, uint32_t replaces, std::string, std::string summary,
                           std::string body, std::vector<std::string>, Hints, int32_t timeout) {
                        const std::lock_guard lock(mutex_);
                        shown_.push_back({replaces, summary, body, timeout});
                        return uint32_t{41} + static_cast<uint32_t>(shown_.size());
                    }))
            .forInterface(sdbus::InterfaceName("org.freedesktop.Notifications"));
        connection_->requestName(sdbus::ServiceName("org.freedesktop.Notifications"));
        connection_->enterEventLoopAsync();
    }
    ~Notifications() { connection_->leaveEventLoop(); }

    std::vector<Shown> shown() const {
        const std::lock_guard lock(mutex_);
        return shown_;
    }
    // The one that came after `count` others.
    Shown after(size_t count) const {
        EXPECT_TRUE(eventually([&] { return shown().size() > count; }));
        return shown().size() > count ? shown()[count] : Shown{};
    }

  private:
    mutable std::mutex mutex_;
    std::vector<Shown> shown_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
};

// polkit that refuses, and remembers whether a dialog would have been allowed.
class Polkit {
  public:
    Polkit() : connection_(sdbus::createSystemBusConnection()) {
        object_ = sdbus::createObject(*connection_,
                                      sdbus::ObjectPath("/org/freedesktop/PolicyKit1/Authority"));
        using Subject = sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>>;
        using Result = sdbus::Struct<bool, bool, std::map<std::string, std::string>>;
        object_
            ->addVTable(
                sdbus::registerMethod("CheckAuthorization")
                    .implementedAs([this](Subject, std::string, std::map<std::string, std::string>,
                                          uint32_t flags, std::string) {
                        flags_ = flags;
                        return Result{false, false, {}};
                    }))
            .forInterface(sdbus::InterfaceName("org.freedesktop.PolicyKit1.Authority"));
        connection_->requestName(sdbus::ServiceName("org.freedesktop.PolicyKit1"));
        connection_->enterEventLoopAsync();
    }
    ~Polkit() { connection_->leaveEventLoop(); }

    uint32_t flags() const { return flags_; }

  private:
    std::atomic<uint32_t> flags_ = 0;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
};

struct MenuItem {
    int32_t id = 0;
    std::map<std::string, sdbus::Variant> properties;
    std::vector<MenuItem> children;

    std::string label() const {
        const auto found = properties.find("label");
        return found == properties.end() ? "" : found->second.get<std::string>();
    }
    bool is_checked() const {
        const auto found = properties.find("toggle-state");
        return found != properties.end() && found->second.get<int32_t>() == 1;
    }
    const MenuItem* find(const std::string& wanted) const {
        for (const MenuItem& child : children) {
            if (child.label() == wanted)
                return &child;
            if (const MenuItem* found = child.find(wanted))
                return found;
        }
        return nullptr;
    }
};

MenuItem menu_item(const sdbus::Struct<int32_t, std::map<std::string, sdbus::Variant>,
                                       std::vector<sdbus::Variant>>& layout) {
    using Layout = std::decay_t<decltype(layout)>;
    MenuItem item{std::get<0>(layout), std::get<1>(layout), {}};
    for (const sdbus::Variant& child : std::get<2>(layout))
        item.children.push_back(menu_item(child.get<Layout>()));
    return item;
}

struct TrayBus : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-tray-{}", getpid());
    std::unique_ptr<PrivateBus> system_bus, session_bus;
    std::unique_ptr<sdbus::IConnection> session;
    std::unique_ptr<sdbus::IProxy> item, menu;
    std::unique_ptr<Process> daemon, tray;

    TrayBus() {
        fs::create_directories(root / "run");
        fs::create_directories(root / "config");
        fs::create_directories(root / "system.services");
        fs::permissions(root,
                        fs::perms::owner_all | fs::perms::others_exec | fs::perms::group_exec);
        fs::permissions(root / "config", fs::perms::all);
        // Whoever starts the service by its name leaves a trace.
        std::ofstream(root / "system.services/org.gamesched1.service")
            << "[D-BUS Service]\nName=org.gamesched1\nExec=/usr/bin/touch "
            << (root / "activated").string() << "\n";
        system_bus = std::make_unique<PrivateBus>(root / "system", "DBUS_SYSTEM_BUS_ADDRESS");
        session_bus = std::make_unique<PrivateBus>(root / "session", "DBUS_SESSION_BUS_ADDRESS");
        session = sdbus::createSessionBusConnection();
        item = sdbus::createProxy(*session, sdbus::ServiceName(kTray),
                                  sdbus::ObjectPath("/StatusNotifierItem"));
        menu =
            sdbus::createProxy(*session, sdbus::ServiceName(kTray), sdbus::ObjectPath("/MenuBar"));
        session->enterEventLoopAsync();
    }
    ~TrayBus() override {
        tray.reset();
        daemon.reset();
        menu.reset();
        item.reset();
        session->leaveEventLoop();
        session.reset();
        session_bus.reset();
        system_bus.reset();
        fs::remove_all(root);
    }

    void start_daemon() {
        daemon = std::make_unique<Process>(std::vector<std::string>{
            GAMESCHEDD, "--runtime-directory", root / "run", "--config-directory", root / "none"});
        // Not by a call to it, which would start another one.
        EXPECT_TRUE(eventually(
            [] {
                return sh("gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d "
                          "org.freedesktop.DBus -o /org/freedesktop/DBus -m "
                          "org.freedesktop.DBus.NameHasOwner org.gamesched1")
                    .text.contains("true");
            },
            30s));
    }
    std::vector<std::string> tray_command(uid_t user = 0) const {
        return {"setpriv",
                "--reuid",
                std::to_string(user),
                "--clear-groups",
                "env",
                "XDG_CONFIG_HOME=" + (root / "config").string(),
                std::format("PATH={}:/usr/bin:/bin", (root / "bin").string()),
                GAMESCHED_TRAY};
    }
    void start_tray(uid_t user = 0) {
        tray = std::make_unique<Process>(tray_command(user));
        EXPECT_TRUE(eventually([&] { return !icon().empty(); }, 30s));
    }

    static Output service(const std::string& method) {
        return sh(
            "gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
            "/org/gamesched1 -m " +
            method);
    }

    // A process that is a game of this name, as GVariant's text has it.
    static std::unique_ptr<Process> registered(const std::string& name) {
        auto game = std::make_unique<Process>(std::vector<std::string>{"sleep", "60"});
        EXPECT_EQ(service(std::format("org.gamesched1.Manager.RegisterGame {} "
                                      "\"{{'Name': <'{}'>}}\"",
                                      game->pid(), name))
                      .status,
                  0);
        return game;
    }

    sdbus::Variant property(const char* name) const {
        try {
            return item->getProperty(name).onInterface("org.kde.StatusNotifierItem");
        } catch (const sdbus::Error&) {
            return sdbus::Variant(std::string());
        }
    }
    std::string icon() const { return property("IconName").get<std::string>(); }
    bool shows(const std::string& icon_name) const {
        return eventually([&] { return icon() == icon_name; }, 20s);
    }
    std::string tooltip() const {
        using Pixmap = sdbus::Struct<int32_t, int32_t, std::vector<uint8_t>>;
        using ToolTip = sdbus::Struct<std::string, std::vector<Pixmap>, std::string, std::string>;
        return std::get<3>(property("ToolTip").get<ToolTip>());
    }

    MenuItem layout() const {
        using Layout = sdbus::Struct<int32_t, std::map<std::string, sdbus::Variant>,
                                     std::vector<sdbus::Variant>>;
        uint32_t revision = 0;
        Layout whole;
        menu->callMethod("GetLayout")
            .onInterface("com.canonical.dbusmenu")
            .withArguments(int32_t{0}, int32_t{-1}, std::vector<std::string>{})
            .storeResultsTo(revision, whole);
        return menu_item(whole);
    }
    bool offers(const std::string& label) const {
        return eventually([&] { return layout().find(label) != nullptr; });
    }
    MenuItem entry(const std::string& label) const {
        EXPECT_TRUE(offers(label)) << label;
        const MenuItem whole = layout();
        const MenuItem* found = whole.find(label);
        return found ? *found : MenuItem{};
    }
    void click(const std::string& label) const { click(entry(label).id); }
    void click(int32_t id) const {
        menu->callMethod("Event")
            .onInterface("com.canonical.dbusmenu")
            .withArguments(id, std::string("clicked"), sdbus::Variant(int32_t{0}), uint32_t{0});
    }

    bool has_pool_threads() const {
        return sh(std::format("grep -q '^pool-[0-9]' /proc/{}/task/*/comm", tray->pid())).status ==
               0;
    }
    uint64_t context_switches() const {
        return std::stoull(
            sh(std::format("cat /proc/{}/task/*/status | awk '/ctxt_switches/ {{ sum += $2 }} END "
                           "{{ print sum }}'",
                           tray->pid()))
                .text);
    }
};

// ------------------------------------------------------------------ with the real service

TEST_F(TrayBus, TheIconFollowsTheGamesOfTheService) {
    const Panel panel;
    start_daemon();
    start_tray();
    EXPECT_TRUE(panel.has_tray());
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
    EXPECT_EQ(property("Status").get<std::string>(), "Active");
    EXPECT_EQ(property("Menu").get<sdbus::ObjectPath>(), "/MenuBar");
    EXPECT_TRUE(property("ItemIsMenu").get<bool>());

    const auto game = registered("A game");
    // Here is no sched_ext, which is what the icon warns of.
    EXPECT_TRUE(shows("gamesched-trouble-symbolic"));
    EXPECT_EQ(property("Status").get<std::string>(), "NeedsAttention");
    EXPECT_TRUE(tooltip().contains("cannot run the scheduler")) << tooltip();
    EXPECT_TRUE(eventually([&] { return tooltip().ends_with("• A game"); })) << tooltip();
    EXPECT_TRUE(entry("A game").find("A program said that it is a game"));

    game->end(SIGKILL);
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
    EXPECT_TRUE(eventually([&] { return !layout().find("A game"); }));
}

TEST_F(TrayBus, TheMenuSwitchesModeAndProfile) {
    start_daemon();
    const Panel panel;
    start_tray();
    EXPECT_TRUE(entry("Gaming mode: automatic").find("Automatic: while a game runs")->is_checked());
    click("Always on");
    EXPECT_TRUE(offers("Gaming mode: always on"));
    EXPECT_TRUE(entry("Always on").is_checked());
    EXPECT_FALSE(entry("Automatic: while a game runs").is_checked());
    click("esports");
    EXPECT_TRUE(offers("Profile: esports"));
    EXPECT_EQ(Listener().Mode(), "on");
    EXPECT_EQ(Listener().Profile(), "esports");
}

TEST_F(TrayBus, TheServiceMayComeAndGo) {
    const Panel panel;
    start_tray();
    EXPECT_TRUE(shows("gamesched-trouble-symbolic"));
    EXPECT_TRUE(offers("gameschedd does not run"));
    for (int time = 0; time < 2; ++time) {
        start_daemon();
        EXPECT_TRUE(shows("gamesched-off-symbolic"));
        EXPECT_TRUE(offers("Gaming mode: automatic"));
        daemon->end(SIGKILL);
        EXPECT_TRUE(shows("gamesched-trouble-symbolic"));
        EXPECT_TRUE(eventually([&] { return !layout().find("Gaming mode: automatic"); }));
    }
    EXPECT_FALSE(fs::exists(root / "activated")) << "the tray has started the service";
}

TEST_F(TrayBus, ThePanelMayComeAndGo) {
    start_daemon();
    start_tray();
    for (int time = 0; time < 3; ++time) {
        const Panel panel;
        EXPECT_TRUE(panel.has_tray());
    }
    const Panel panel;
    EXPECT_TRUE(panel.has_tray());
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
}

TEST_F(TrayBus, NamesAreNoMarkupNoMnemonicsAndOneLine) {
    start_daemon();
    start_tray();
    const auto game = registered("a_b <i>\\nc</i> & d");
    // The service has replaced the end of the line.
    EXPECT_TRUE(offers("a__b <i>\ufffdc</i> & d"));
    EXPECT_TRUE(eventually([&] {
        return tooltip().ends_with("• a_b &lt;i&gt;\ufffdc&lt;/i&gt; &amp; d");
    })) << tooltip();
}

TEST_F(TrayBus, AGameThatWasRegisteredIsEndedAndSaysForHowLong) {
    const Notifications notifications;
    start_daemon();
    start_tray();
    const Listener listener;
    const auto game = registered("A game");
    click(entry("A game").find("Treat as not a game")->id);
    EXPECT_TRUE(eventually([&] { return listener.exits_of(game->pid()) == 1; }));
    EXPECT_EQ(kill(static_cast<pid_t>(game->pid()), 0), 0) << "the program goes on";
    const Shown shown = notifications.after(0);
    EXPECT_EQ(shown.summary, "“A game” is no longer a game");
    EXPECT_EQ(shown.body, "This holds until a program says again that it is a game.");
    EXPECT_EQ(shown.timeout, 0);
}

TEST_F(TrayBus, APasswordMayBeAskedForAndARefusalIsExplained) {
    const Polkit polkit;
    const Notifications notifications;
    start_daemon();
    start_tray(kUser);
    click("Always on");
    const Shown shown = notifications.after(0);
    EXPECT_EQ(polkit.flags(), 1u) << "without the flag there is no dialog";
    EXPECT_EQ(shown.summary, "Gaming mode stays as it was");
    EXPECT_TRUE(shown.body.contains("administrator's password") ||
                shown.body.contains("administrator&apos;s password") ||
                shown.body.contains("administrator&#39;s password"))
        << shown.body;
    EXPECT_EQ(Listener().Mode(), "auto");
}

TEST_F(TrayBus, ThereIsOneInEachSession) {
    start_daemon();
    start_tray();
    Process second(tray_command());
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = second.status()).has_value(); }, 20s));
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
}

TEST_F(TrayBus, ItEndsWhenItIsAskedTo) {
    start_daemon();
    start_tray();
    click("Quit");
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = tray->status()).has_value(); }, 20s));
    EXPECT_EQ(status, 0);

    start_tray();
    kill(static_cast<pid_t>(tray->pid()), SIGTERM);
    status.reset();
    EXPECT_TRUE(eventually([&] { return (status = tray->status()).has_value(); }, 20s));
    EXPECT_EQ(status, 0);
}

TEST_F(TrayBus, NothingRunsWhileNothingHappens) {
    const Panel panel;
    start_daemon();
    start_tray();
    ASSERT_TRUE(panel.has_tray());
    ASSERT_TRUE(offers("Quit"));
    // Threads of GLib's pool, used at the start, go after a while.
    EXPECT_TRUE(eventually([&] { return !has_pool_threads(); }, 60s));
    const uint64_t before = context_switches();
    std::this_thread::sleep_for(10s);
    EXPECT_EQ(context_switches(), before);
}

// ------------------------------------------------------------------ with its double

TEST_F(TrayBus, WithTheSchedulerAttachedItIsGaming) {
    ServiceDouble service;
    start_tray();
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
    service.set_scheduler("attached");
    service.start_game(100, {.name = "A game", .evidence = {"it uses the GPU"}});
    EXPECT_TRUE(shows("gamesched-gaming-symbolic"));
    EXPECT_TRUE(entry("A game").find("    it uses the GPU"));
    service.end_game(100);
    EXPECT_TRUE(shows("gamesched-off-symbolic"));
}

TEST_F(TrayBus, ATripIsToldWithItsReason) {
    const Notifications notifications;
    ServiceDouble service;
    start_tray();
    service.set_scheduler("attached");
    service.start_game(100, {.name = "A game"});
    EXPECT_TRUE(shows("gamesched-gaming-symbolic"));
    service.trip("stall of <x>", "retry");
    EXPECT_TRUE(shows("gamesched-trouble-symbolic"));
    const Shown first = notifications.after(0);
    EXPECT_EQ(first.summary, "Scheduler removed");
    EXPECT_TRUE(first.body.starts_with("stall of &lt;x&gt;\n")) << first.body;
    EXPECT_EQ(first.replaces, 0u);
    EXPECT_TRUE(entry("It is tried again after a while").id != 0);
    service.trip("another", "stay-off");
    EXPECT_EQ(notifications.after(1).replaces, 42u) << "the first one's place is taken";
    EXPECT_TRUE(offers("another"));
}

// As soon as it has the name: of the one before.
TEST_F(TrayBus, WhatAServiceTellsFirstOfAllIsHeard) {
    const Notifications notifications;
    start_tray();
    EXPECT_TRUE(shows("gamesched-trouble-symbolic"));
    ServiceDouble service;
    service.trip("it was killed", "retry");
    EXPECT_TRUE(notifications.after(0).body.starts_with("it was killed\n"));
    EXPECT_TRUE(entry("It is tried again after a while").id != 0);
}

TEST_F(TrayBus, WhereABodyIsNoMarkupItStaysAsItIs) {
    const Notifications notifications({"body"});
    ServiceDouble service;
    start_tray();
    service.trip("stall of <x>", "retry");
    EXPECT_TRUE(notifications.after(0).body.starts_with("stall of <x>\n"));
}

TEST_F(TrayBus, OfAGameThatWasFoundTheRuleIsShown) {
    const Notifications notifications;
    ServiceDouble service;
    service.start_game(100, {.name = "A game"});
    service.set_program("", "a\"game");
    start_tray();
    click(entry("A game").find("Treat as not a game")->id);
    const Shown shown = notifications.after(0);
    EXPECT_EQ(service.calls(), (std::vector<std::string>{"Why 101", "UnregisterGame 100"}));
    EXPECT_TRUE(shown.body.contains("/etc/gamesched/games.d/ignore.toml")) << shown.body;
    EXPECT_TRUE(
        shown.body.ends_with("[[game]]\nexecutable = &quot;a\\&quot;game&quot;\nignore = true"))
        << shown.body;
}

TEST_F(TrayBus, WhatTheServiceRefusesIsSaidAndChangesNothing) {
    const Notifications notifications;
    ServiceDouble service;
    service.start_game(100, {.name = "A game"});
    service.refuse("org.gamesched1.Error.NoSuchProfile");
    start_tray();
    click("esports");
    EXPECT_EQ(notifications.after(0).body, "There is no such profile any more.");
    service.refuse("org.gamesched1.Error.LimitReached");
    click(entry("A game").find("Treat as not a game")->id);
    EXPECT_EQ(notifications.after(1).summary, "“A game” is still a game");
    EXPECT_TRUE(offers("A game"));
}

TEST_F(TrayBus, GamesAreToldOfIfTheUserWishes) {
    const Notifications notifications;
    ServiceDouble service;
    start_tray();
    service.start_game(100, {.name = "Silent"});
    EXPECT_TRUE(offers("Silent"));
    click("Tell when a game starts");
    EXPECT_TRUE(eventually([&] { return entry("Tell when a game starts").is_checked(); }));
    service.start_game(200, {.name = "Told & shown"});
    EXPECT_EQ(notifications.after(0).body, "Told &amp; shown");
    EXPECT_TRUE(read_text(root / "config/gamesched/tray.ini").contains("Games=true"));

    tray.reset();
    start_tray();
    EXPECT_TRUE(entry("Tell when a game starts").is_checked());
}

TEST_F(TrayBus, TheMonitorRunsInATerminal) {
    fs::create_directories(root / "bin");
    const fs::path terminal = root / "bin/xdg-terminal-exec";
    std::ofstream(terminal) << "#!/bin/sh\necho \"$@\" > " << (root / "shown").string() << "\n";
    fs::permissions(terminal, fs::perms::owner_all);
    start_tray();
    click("Open monitor");
    EXPECT_TRUE(eventually([&] { return read_text(root / "shown") == "gamesched top"; }));
}

TEST_F(TrayBus, WithoutATerminalThereIsNoMonitor) {
    start_tray();
    EXPECT_TRUE(offers("Quit"));
    EXPECT_FALSE(layout().find("Open monitor"));
}

TEST_F(TrayBus, AnOpenMenuKeepsItsItems) {
    ServiceDouble service;
    start_tray();
    service.start_game(100, {.name = "First"});
    const int32_t first = entry("First").find("Treat as not a game")->id;
    const int32_t quit = entry("Quit").id;
    service.start_game(200, {.name = "Second", .started_usec = 1});  // comes before the first
    EXPECT_TRUE(offers("Second"));
    EXPECT_EQ(entry("First").find("Treat as not a game")->id, first);
    EXPECT_EQ(entry("Quit").id, quit);
    service.end_game(100);
    EXPECT_TRUE(eventually([&] { return !layout().find("First"); }));
    EXPECT_NE(entry("Second").find("Treat as not a game")->id, first);
    try {
        click(first);  // what the user saw has gone
    } catch (const sdbus::Error&) {
    }
    click("Always on");
    EXPECT_TRUE(offers("Gaming mode: always on"));
    EXPECT_EQ(service.calls(), std::vector<std::string>{"SetMode on"});
}

}  // namespace
}  // namespace gamesched::test

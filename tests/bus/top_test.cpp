// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// `gamesched top` with the real service, as text and in a real terminal.

#include <fstream>
#include <thread>

#include "tests/bus/bus.h"
#include "tests/support/subscriber.h"
#include "tests/support/terminal.h"

namespace gamesched::test {
namespace {

const std::string kTop = std::string(GAMESCHED) + " top";

struct TopBus : Bus {
    void play(const Process& game, const std::string& name) {
        EXPECT_EQ(
            manager(std::format("RegisterGame {} \"{{'Name': <'{}'>}}\"", game.pid(), name)).status,
            0);
    }
    Terminal terminal(int width = 80, int height = 24) const {
        return Terminal(root / "tmux", width, height);
    }

    // So that a user's last subscription is left for top.
    void leave_one_subscription() {
        for (int i = 0; i < 7; ++i) {
            others.push_back(std::make_unique<Subscriber>());
            others.back()->Subscribe(60'000);
        }
    }
    bool is_subscription_free() {
        try {
            Subscriber another;
            another.Subscribe(60'000);
            another.Unsubscribe();
            return true;
        } catch (const sdbus::Error&) {
            return false;
        }
    }

    std::vector<std::unique_ptr<Subscriber>> others;
};

// What a program can change of the terminal under it, and what it shows.
std::string whole_state(const Terminal& terminal) {
    return terminal.state(
               "alternate #{alternate_on} cursor #{cursor_flag} wrap #{wrap_flag} at #{cursor_x}") +
           sh("stty -a < " + terminal.state("#{pane_tty}")).text;
}

TEST_F(TopBus, OnceIsText) {
    const auto game = sleeper(kUser);
    play(*game, "Space \xe2\x98\x85 Game");
    const Output once = sh(kTop + " --once --interval 0.1");
    EXPECT_EQ(once.status, 0) << once.text;
    for (const char* part :
         {"gamesched top", "auto, gaming mode on", "profile  balanced", "none since",
          "COUNTS PER SECOND", "Space \xe2\x98\x85 Game", "nobody"})
        EXPECT_TRUE(once.text.contains(part)) << part << " in\n" << once.text;
    EXPECT_FALSE(once.text.contains('\x1b')) << once.text;
    EXPECT_TRUE(is_subscription_free());
}

TEST_F(TopBus, WithoutATerminalItSaysWhatToDo) {
    const Output output = sh("TERM=xterm " + kTop);
    EXPECT_EQ(output.status, 2) << output.text;
    EXPECT_TRUE(output.text.contains("top needs a terminal")) << output.text;
    EXPECT_TRUE(output.text.contains("--once")) << output.text;
    const Terminal terminal = this->terminal();
    terminal.enter("TERM=dumb " + kTop + "; echo status $?");
    EXPECT_TRUE(terminal.shows("status 2")) << terminal.screen();
}

TEST_F(TopBus, ItFillsTheTerminalAndGivesItBack) {
    leave_one_subscription();
    const auto game = sleeper(kUser);
    const Terminal terminal = this->terminal();
    terminal.enter("echo before");
    EXPECT_TRUE(terminal.shows("before"));
    const auto is_signal = [](const std::string& quit) { return quit.starts_with('-'); };
    for (const std::string quit : {"q", "Escape", "C-c", "-TERM", "-HUP", "-INT", "-QUIT"}) {
        const std::string before = whole_state(terminal);
        terminal.enter(kTop + " --interval 0.1");
        EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
        EXPECT_FALSE(terminal.screen().contains("before"));
        EXPECT_TRUE(terminal.shows("in the last ")) << terminal.screen();
        EXPECT_FALSE(is_subscription_free());
        if (is_signal(quit))
            sh(std::format("kill {} $(pgrep -P {})", quit, terminal.state("#{pane_pid}")));
        else
            terminal.press(quit);
        EXPECT_TRUE(eventually([&] { return whole_state(terminal) == before; }))
            << quit << ": " << before << "\n"
            << whole_state(terminal);
        EXPECT_TRUE(terminal.shows("before"));
        EXPECT_FALSE(terminal.screen().contains("WAITS OF")) << terminal.screen();
        EXPECT_TRUE(is_subscription_free()) << quit;
    }
}

TEST_F(TopBus, ItFollowsTheSizeOfTheTerminal) {
    const auto game = sleeper(kUser);
    play(*game, "A game whose name is longer than its column, and goes on");
    const Terminal terminal = this->terminal();
    terminal.enter(kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("A game whose n…")) << terminal.screen();
    terminal.resize(120, 40);
    EXPECT_TRUE(terminal.shows("A game whose name is longer than its co…")) << terminal.screen();
    terminal.resize(20, 5);
    EXPECT_TRUE(eventually([&] {
        const std::string screen = terminal.screen();
        return screen.contains("scheduler") && !screen.contains("GAME");
    })) << terminal.screen();
    terminal.resize(1, 1);
    terminal.resize(80, 24);
    EXPECT_TRUE(terminal.shows("A game whose n…")) << terminal.screen();
}

TEST_F(TopBus, GamesComeAndGoWithoutWaitingForTheInterval) {
    const Terminal terminal = this->terminal();
    terminal.enter(kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    auto game = sleeper(kUser);
    play(*game, "Space");
    EXPECT_TRUE(terminal.shows("Space")) << terminal.screen();
    EXPECT_TRUE(terminal.shows("gaming mode on")) << terminal.screen();
    game.reset();
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
}

TEST_F(TopBus, ItGoesOnWhenTheServiceIsStartedAgain) {
    const Terminal terminal = this->terminal();
    terminal.enter(kTop + " --interval 0.1");
    EXPECT_TRUE(terminal.shows("in the last ")) << terminal.screen();
    daemon->end(SIGTERM);
    EXPECT_TRUE(terminal.shows("gameschedd has left the bus; waiting for it")) << terminal.screen();
    EXPECT_FALSE(terminal.screen().contains("WAITS OF"));
    start_daemon();
    EXPECT_TRUE(terminal.shows("in the last ")) << terminal.screen();
    terminal.press("q");
    EXPECT_TRUE(terminal.shows("ready>")) << terminal.screen();
}

TEST_F(TopBus, AServiceThatWasStoppedStaysSo) {
    const fs::path started = root / "started";
    fs::create_directories(root / "bus.services");
    std::ofstream(root / "bus.services/org.gamesched1.service")
        << std::format("[D-BUS Service]\nName=org.gamesched1\nUser=root\nExec=/usr/bin/touch {}\n",
                       started.string());
    const std::string bus_daemon =
        "gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.freedesktop.DBus -o "
        "/org/freedesktop/DBus -m org.freedesktop.DBus.";
    EXPECT_EQ(sh(bus_daemon + "ReloadConfig").status, 0);
    const auto game = sleeper(kUser);
    play(*game, "Space");
    const Terminal terminal = this->terminal();
    terminal.enter(kTop + " --interval 0.1");
    EXPECT_TRUE(terminal.shows("in the last ")) << terminal.screen();
    daemon->end(SIGTERM);
    EXPECT_TRUE(terminal.shows("has left the bus")) << terminal.screen();
    terminal.press("x");
    terminal.press("q");
    EXPECT_TRUE(terminal.shows("ready>")) << terminal.screen();
    EXPECT_FALSE(fs::exists(started));
    sh("timeout 1 " + bus_daemon + "StartServiceByName org.gamesched1 0");
    EXPECT_TRUE(eventually([&] { return fs::exists(started); })) << "the bus could have";
}

TEST_F(TopBus, ItSleepsUntilItIsToldSomething) {
    const Terminal terminal = this->terminal();
    terminal.enter(kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    const std::string switches =
        std::format("grep ctxt /proc/$(pgrep -P {})/status", terminal.state("#{pane_pid}"));
    std::this_thread::sleep_for(300ms);
    const Output before = sh(switches);
    EXPECT_EQ(before.status, 0);
    std::this_thread::sleep_for(1s);
    EXPECT_EQ(sh(switches).text, before.text);
}

TEST_F(TopBus, WhenItIsKilledItsSubscriptionEnds) {
    leave_one_subscription();
    const Terminal terminal = this->terminal();
    terminal.enter(kTop);
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    EXPECT_FALSE(is_subscription_free());
    sh("kill -9 $(pgrep -P " + terminal.state("#{pane_pid}") + ")");
    EXPECT_TRUE(eventually([&] { return is_subscription_free(); }));
}

TEST_F(TopBus, ItIsStoppedAndGoesOn) {
    const Terminal terminal = this->terminal();
    terminal.enter("set -m");
    terminal.enter(kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    terminal.press("C-z");
    EXPECT_TRUE(terminal.shows("Stopped")) << terminal.screen();
    EXPECT_EQ(terminal.state("#{alternate_on} #{cursor_flag}"), "0 1");
    terminal.enter("fg");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    terminal.press("q");
    EXPECT_TRUE(eventually([&] { return terminal.state("#{alternate_on}") == "0"; }));
}

TEST_F(TopBus, ColoursAreLeftOutWhereNobodyWantsThem) {
    const Terminal terminal = this->terminal();
    EXPECT_EQ(manager("SetMode on").status, 0);
    terminal.enter(kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    EXPECT_TRUE(terminal.screen_with_colours().contains("\x1b[32mon"))
        << terminal.screen_with_colours();
    terminal.press("q");
    EXPECT_TRUE(eventually([&] { return terminal.state("#{alternate_on}") == "0"; }));
    terminal.enter("NO_COLOR=1 " + kTop + " --interval 60");
    EXPECT_TRUE(terminal.shows("no games")) << terminal.screen();
    EXPECT_FALSE(terminal.screen_with_colours().contains("\x1b[3"))
        << terminal.screen_with_colours();
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real daemon on a private bus, with a polkit that answers as the test wants. Runs as root,
// like the daemon; callers of other users are made with setpriv. What the kernel does is tested in
// the virtual machine.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <memory>
#include <sstream>

#include "tests/bus/bus.h"

namespace gamesched::test {
namespace {

// Of game N.
std::string game_property(int game, const char* name) {
    return sh(std::format(
                  "busctl --address \"$DBUS_SYSTEM_BUS_ADDRESS\" get-property org.gamesched1 "
                  "/org/gamesched1/game/{} org.gamesched1.Game {}",
                  game, name))
        .text;
}

Output set_title(int game, const std::string& title, uid_t user = 0) {
    return sh(
        std::format("{}gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
                    "/org/gamesched1/game/{} -m org.gamesched1.Game.SetTitle -- '{}'",
                    Bus::as(user), game, title));
}

TEST_F(Bus, AGameLivesFromItsRegistrationToItsEnd) {
    const Listener listener;
    const auto game = sleeper();
    const uint32_t pid = game->pid();
    EXPECT_EQ(manager(std::format("RegisterGame {} \"{{'Name': <'A game'>}}\"", pid)).text,
              "(objectpath '/org/gamesched1/game/1',)");
    game->end(SIGKILL);
    EXPECT_TRUE(eventually([&] { return listener.exits_of(pid) == 1; }));
    ASSERT_EQ(listener.starts_of(pid), 1u);
    EXPECT_EQ(listener.started()[0].name, "A game");
    EXPECT_EQ(listener.exited()[0].cause, "exited");
}

TEST_F(Bus, UnregisteringEndsTheGameButNotTheProcess) {
    const Listener listener;
    const auto game = sleeper();
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
    EXPECT_EQ(manager(std::format("UnregisterGame {}", game->pid())).status, 0);
    expect_error(manager(std::format("UnregisterGame {}", game->pid())), "NoSuchGame");
    EXPECT_EQ(kill(static_cast<pid_t>(game->pid()), 0), 0);
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
    EXPECT_EQ(listener.exited()[0].cause, "unregistered");
}

TEST_F(Bus, WrongArgumentsAreNamed) {
    const auto game = sleeper();
    expect_error(manager("RegisterGame 0 {}"), "InvalidArgument");
    expect_error(manager("RegisterGame 4194305 {}"), "NoSuchProcess");
    expect_error(manager(std::format("RegisterGame {} \"{{'Colour': <'red'>}}\"", game->pid())),
                 "InvalidArgument");
    expect_error(manager(std::format("RegisterGame {} \"{{'Scope': <'moon'>}}\"", game->pid())),
                 "InvalidArgument");
    expect_error(manager(std::format("RegisterGame {} \"{{'Name': <5>}}\"", game->pid())),
                 "InvalidArgument");
    expect_error(
        manager(std::format("RegisterGame {} \"{{'Name': <'A'>, 'Name': <'B'>}}\"", game->pid())),
        "InvalidArgument");
    expect_error(manager("SetMode sometimes"), "InvalidArgument");
    expect_error(manager("Hold '' x"), "InvalidArgument");
    expect_error(manager("Release 5"), "NoSuchHold");
    expect_error(manager("SetProfile warp"), "NoSuchProfile");
    expect_error(manager(std::format("RegisterGame {} \"{{'Profile': <5>}}\"", game->pid())),
                 "InvalidArgument");
    expect_error(call("org.gamesched1.Scheduler.SetTunable warp '<uint64 1>'"), "NoSuchTunable");
    expect_error(call("org.gamesched1.Scheduler.SetTunable slice-usec '<uint64 1>'"), "OutOfRange");
    expect_error(call("org.gamesched1.Scheduler.SetTunable slice-usec '<true>'"),
                 "InvalidArgument");
}

TEST_F(Bus, WhyNamesTheExecutableAsRulesCompareIt) {
    const auto process = sleeper();
    EXPECT_TRUE(eventually([&] {
        return manager(std::format("Why {}", process->pid()))
            .text.contains("'Executable': <'sleep'>");
    }));
}

TEST_F(Bus, WithoutPolkitOnlyRootMay) {
    const auto game = sleeper(kUser);
    expect_error(manager(std::format("RegisterGame {} {{}}", game->pid()), kUser), "AccessDenied");
    expect_error(manager("Hold x y", kUser), "AccessDenied");
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
}

TEST_F(Bus, ARefusalIsANamedErrorForEveryMember) {
    const Polkit polkit(false);
    const auto game = sleeper(kUser);
    expect_error(manager(std::format("RegisterGame {} {{}}", game->pid()), kUser), "AccessDenied");
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-game");
    expect_error(manager(std::format("UnregisterGame {}", game->pid()), kUser), "AccessDenied");
    expect_error(manager("Hold x y", kUser), "AccessDenied");
    expect_error(manager("SetMode on", kUser), "AccessDenied");
    EXPECT_EQ(polkit.action(), "org.gamesched1.set-mode");
    expect_error(manager(std::format("SetFocus {}", game->pid()), kUser), "AccessDenied");
    EXPECT_EQ(polkit.action(), "org.gamesched1.set-focus");
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
    expect_error(set_title(1, "A title", kUser), "AccessDenied");
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-game");
    expect_error(manager("SetProfile esports", kUser), "AccessDenied");
    EXPECT_EQ(polkit.action(), "org.gamesched1.set-profile");
    expect_error(manager("Reload", kUser), "AccessDenied");
    expect_error(call("org.gamesched1.Scheduler.Restart", kUser), "AccessDenied");
    expect_error(call("org.gamesched1.Scheduler.SetTunable slice-usec '<uint64 1000>'", kUser),
                 "AccessDenied");
}

TEST_F(Bus, AGameSaysWhoHasLearnedOfIt) {
    const Listener listener;
    const auto one = sleeper(), other = sleeper();
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", one->pid())).status, 0);
    EXPECT_EQ(
        manager(std::format("RegisterGame {} \"{{'Source': <'gamemode'>}}\"", other->pid())).status,
        0);
    ASSERT_TRUE(eventually([&] { return listener.started().size() == 2; }));
    EXPECT_EQ(listener.started()[0].source, "registered");
    EXPECT_EQ(listener.started()[1].source, "gamemode");
    const auto third = sleeper();
    for (const char* wrong : {"detected", "elsewhere", ""})
        expect_error(
            manager(std::format("RegisterGame {} \"{{'Source': <'{}'>}}\"", third->pid(), wrong)),
            "InvalidArgument");
}

TEST_F(Bus, ATitleBecomesTheNameOfAGameThatHasNone) {
    const Monitor monitor(root);
    const auto game = sleeper();
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
    EXPECT_EQ(game_property(1, "Name"), "s \"sleep\"");
    EXPECT_EQ(game_property(1, "NameSource"), "s \"found\"");
    EXPECT_EQ(set_title(1, "A\tgame").status, 0);
    EXPECT_EQ(game_property(1, "Name"), "s \"A\\357\\277\\275game\"");
    EXPECT_EQ(game_property(1, "NameSource"), "s \"title\"");
    EXPECT_EQ(set_title(1, std::string(256, 'x')).status, 0);
    EXPECT_EQ(game_property(1, "Name"), "s \"" + std::string(256, 'x') + "\"");
    expect_error(set_title(1, std::string(257, 'x')), "InvalidArgument");
    expect_error(set_title(1, ""), "InvalidArgument");
    daemon->end(SIGKILL);
    start_daemon();
    EXPECT_EQ(game_property(1, "Name"), "s \"" + std::string(256, 'x') + "\"") << "it is kept";
    EXPECT_EQ(set_title(1, "The last").status, 0);
    EXPECT_EQ(manager(std::format("UnregisterGame {}", game->pid())).status, 0);
    EXPECT_TRUE(monitor.sees("'The last'")) << "the end is told by that name";
    EXPECT_NE(set_title(1, "Gone").status, 0);
}

TEST_F(Bus, ATitleReplacesNoNameThatAClientHasGiven) {
    const auto game = sleeper();
    EXPECT_EQ(
        manager(std::format("RegisterGame {} \"{{'Name': <'A game'>}}\"", game->pid())).status, 0);
    EXPECT_EQ(game_property(1, "NameSource"), "s \"registered\"");
    EXPECT_EQ(set_title(1, "Another").status, 0);
    EXPECT_EQ(game_property(1, "Name"), "s \"A game\"");
}

TEST_F(Bus, ADefaultNameLastsUntilMoreIsKnown) {
    const auto game = sleeper();
    EXPECT_EQ(
        manager(std::format("RegisterGame {} \"{{'DefaultName': <'wrapper'>}}\"", game->pid()))
            .status,
        0);
    EXPECT_EQ(game_property(1, "Name"), "s \"wrapper\"");
    EXPECT_EQ(game_property(1, "NameSource"), "s \"found\"");
    EXPECT_EQ(set_title(1, "A title").status, 0);
    EXPECT_EQ(game_property(1, "Name"), "s \"A title\"");
}

TEST_F(Bus, ATitleIsToldAtOnce) {
    const auto game = sleeper();
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
    const std::string log = root / "changes";
    Process listens(
        {"sh", "-c",
         "exec gdbus monitor --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o "
         "/org/gamesched1/game/1 > " +
             log});
    ASSERT_TRUE(eventually([&] { return read_text(log).contains("owned by"); }));
    const auto times = [&] {
        const std::string text = read_text(log);
        size_t count = 0;
        for (size_t at = text.find("A title"); at != std::string::npos;
             at = text.find("A title", at + 1))
            ++count;
        return count;
    };
    EXPECT_EQ(set_title(1, "A title").status, 0);
    EXPECT_TRUE(eventually([&] { return times() == 1; }));
    EXPECT_EQ(set_title(1, "A title").status, 0) << "that is no change";
    EXPECT_EQ(set_title(1, "Another").status, 0);
    EXPECT_TRUE(eventually([&] { return read_text(log).contains("Another"); }));
    EXPECT_EQ(times(), 1u);
}

TEST_F(Bus, AGamesUserMayCallIt) {
    const Polkit polkit(true);
    const auto own = sleeper(kUser), others = sleeper(kOtherUser);
    for (const auto& game : {own->pid(), others->pid()})
        EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game)).status, 0);
    EXPECT_EQ(set_title(1, "Own", kUser).status, 0);
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-game");
    EXPECT_EQ(game_property(1, "Name"), "s \"Own\"");
    EXPECT_EQ(set_title(2, "Theirs", kUser).status, 0);
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-any-game");
}

TEST_F(Bus, TheFocusIsOnTheGameWhoseWindowHasIt) {
    Listener listener;
    const auto one = sleeper(), other = sleeper(), desktop = sleeper();
    const auto focused = [&] { return std::string(listener.Focus()); };
    const auto profile = [&] { return listener.Profile(); };
    EXPECT_EQ(manager(std::format("SetFocus {}", one->pid())).status, 0);
    EXPECT_EQ(focused(), "/") << "it is no game yet";
    EXPECT_EQ(
        manager(std::format("RegisterGame {} \"{{'Profile': <'esports'>}}\"", one->pid())).status,
        0);
    EXPECT_EQ(focused(), "/org/gamesched1/game/1") << "the window was there before";
    EXPECT_EQ(
        manager(std::format("RegisterGame {} \"{{'Profile': <'battery'>}}\"", other->pid())).status,
        0);
    EXPECT_EQ(profile(), "esports") << "the newest game is not looked at";
    EXPECT_EQ(manager(std::format("SetFocus {}", other->pid())).status, 0);
    EXPECT_EQ(focused(), "/org/gamesched1/game/2");
    EXPECT_EQ(profile(), "battery");
    EXPECT_EQ(manager(std::format("SetFocus {}", desktop->pid())).status, 0);
    EXPECT_EQ(focused(), "/");
    EXPECT_EQ(manager(std::format("SetFocus {}", one->pid())).status, 0);
    EXPECT_EQ(manager("SetFocus 0").status, 0);
    EXPECT_EQ(focused(), "/");
    expect_error(manager("SetFocus 4194305"), "NoSuchProcess");
    EXPECT_EQ(manager(std::format("SetFocus {}", one->pid())).status, 0);
    one->end(SIGKILL);
    EXPECT_TRUE(eventually([&] { return focused() == "/"; })) << "its game is over";
}

TEST_F(Bus, AUsersFocusCountsForTheUsersGames) {
    const Polkit polkit(true);
    Listener listener;
    const auto own = sleeper(kUser), others = sleeper(kOtherUser);
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", own->pid())).status, 0);
    EXPECT_EQ(manager(std::format("SetFocus {}", own->pid()), kUser).status, 0);
    EXPECT_EQ(polkit.action(), "org.gamesched1.set-focus");
    EXPECT_EQ(std::string(listener.Focus()), "/org/gamesched1/game/1");
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", others->pid())).status, 0);
    EXPECT_EQ(std::string(listener.Focus()), "/") << "it would put another user's game behind";
    EXPECT_EQ(manager(std::format("SetFocus {}", own->pid())).status, 0);
    EXPECT_EQ(std::string(listener.Focus()), "/org/gamesched1/game/1") << "root says so";
}

// Asks until three requests are refused for their number; says how many were before and how long
// the three took.
constexpr char kImpatient[] = R"py(
import os, time
from gi.repository import Gio, GLib
bus = Gio.DBusConnection.new_for_address_sync(
    os.environ["DBUS_SYSTEM_BUS_ADDRESS"],
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
    None, None)
denied, limited = 0, []
while len(limited) < 3 and denied < 1000:
    begin = time.monotonic()
    try:
        bus.call_sync("org.gamesched1", "/org/gamesched1", "org.gamesched1.Manager", "SetMode",
                      GLib.Variant("(s)", ("on",)), None, 0, -1, None)
    except GLib.Error as error:
        if "Error.LimitReached: More than 16 requests" in error.message:
            limited.append(time.monotonic() - begin)
        else:
            denied += 1
print(denied, int(1000 * sum(limited)))
)py";

TEST_F(Bus, WhoAsksTooOftenIsRefusedSlowlyAndOthersAreServed) {
    const Polkit polkit(false);
    std::ofstream(root / "impatient.py") << kImpatient;
    const Output output = sh(as(kUser) + "python3 " + (root / "impatient.py").string());
    std::istringstream numbers(output.text);
    int denied = 0, milliseconds = 0;
    ASSERT_TRUE(numbers >> denied >> milliseconds) << output.text;
    EXPECT_GE(denied, 128);
    EXPECT_LT(denied, 1000);
    EXPECT_GE(milliseconds, 3 * 250);
    expect_error(manager("SetMode on", kOtherUser), "AccessDenied");
    EXPECT_EQ(manager("SetMode auto").status, 0);
}

// As long as it takes to type a password.
TEST_F(Bus, WhilePolkitThinksOthersAreServedAndAUserWaitsForSixteenAnswersAtMost) {
    constexpr size_t kMost = 16;
    Polkit polkit(true, true);
    std::vector<std::unique_ptr<Process>> waiting;
    for (size_t i = 0; i < kMost; ++i)
        waiting.push_back(std::make_unique<Process>(std::vector<std::string>{
            "setpriv", "--reuid", std::to_string(kUser), "--clear-groups", "gdbus", "call",
            "--system", "-d", "org.gamesched1", "-o", "/org/gamesched1", "-m",
            "org.gamesched1.Manager.SetMode", "on"}));
    ASSERT_TRUE(eventually([&] { return polkit.asked() == kMost; })) << polkit.asked();
    const Output refused = manager("SetMode on", kUser);
    expect_error(refused, "LimitReached");
    EXPECT_TRUE(refused.text.contains("already waits for 16")) << refused.text;
    EXPECT_EQ(manager("SetMode off").status, 0) << "root need not wait for polkit";
    EXPECT_TRUE(call("org.freedesktop.DBus.Properties.Get org.gamesched1.Manager Mode", kUser)
                    .text.contains("'off'"));
    polkit.answer_all();
    for (const auto& client : waiting)
        EXPECT_TRUE(eventually([&] { return client->status() == 0; }));
    EXPECT_EQ(manager("SetMode off", kUser).status, 0) << "he may ask again";
}

TEST_F(Bus, AnothersProcessTakesAnotherAction) {
    const Polkit polkit(true);
    const auto own = sleeper(kUser), others = sleeper(kOtherUser);
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", own->pid()), kUser).status, 0);
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-game");
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", others->pid()), kUser).status, 0);
    EXPECT_EQ(polkit.action(), "org.gamesched1.register-any-game");
}

TEST_F(Bus, AHoldEndsWithItsOwnersConnection) {
    Listener listener;
    {
        Listener client;
        EXPECT_NE(client.Hold("test", "because"), 0u);
        EXPECT_TRUE(listener.Active());
        EXPECT_EQ(listener.Holds().size(), 1u);
        EXPECT_EQ(listener.Holds()[0].at("AppId").get<std::string>(), "test");
    }
    EXPECT_TRUE(eventually([&] { return !listener.Active(); }));
    EXPECT_TRUE(listener.Holds().empty());
}

TEST_F(Bus, EveryChangeOfTheHoldsIsSignalled) {
    const Monitor monitor(root);
    Listener client;
    const uint32_t cookie = client.Hold("test", "because");
    EXPECT_TRUE(monitor.sees("'Reason': <'because'>")) << monitor.text();
    client.Release(cookie);
    EXPECT_TRUE(monitor.sees("'Holds': <@aa{sv} []>")) << monitor.text();
}

TEST_F(Bus, APidfdOfAThreadIsRefused) {
    constexpr unsigned kPidfdThread = O_EXCL;  // Linux 6.9
    const auto game = sleeper();
    const int pidfd = static_cast<int>(syscall(SYS_pidfd_open, game->pid(), kPidfdThread));
    ASSERT_GE(pidfd, 0);
    try {
        Listener().RegisterGameByPidFd(sdbus::UnixFd(pidfd, sdbus::adopt_fd), {});
        FAIL() << "it was taken for a process";
    } catch (const sdbus::Error& error) {
        EXPECT_EQ(error.getName(), names::kErrorInvalidArgument);
    }
}

TEST_F(Bus, OnlyTheOwnerReleases) {
    Listener owner, other;
    const uint32_t cookie = owner.Hold("test", "");
    EXPECT_THROW(other.Release(cookie), sdbus::Error);
    EXPECT_TRUE(owner.Active());
    owner.Release(cookie);
    EXPECT_FALSE(owner.Active());
}

TEST_F(Bus, SetModeCancelsHoldsAndTellsTheirOwnerOnly) {
    Listener owner, other;
    const uint32_t cookie = owner.Hold("test", "");
    other.SetMode("off");
    EXPECT_TRUE(eventually([&] { return owner.released() == std::vector<uint32_t>{cookie}; }));
    EXPECT_TRUE(other.released().empty());
    EXPECT_FALSE(owner.Active());
}

TEST_F(Bus, HoldsAreLimited) {
    Listener client;
    for (int i = 0; i < 64; ++i)
        client.Hold("test", "");
    try {
        client.Hold("test", "");
        FAIL() << "the 65th hold was given";
    } catch (const sdbus::Error& error) {
        EXPECT_EQ(error.getName(), names::kErrorLimitReached);
    }
}

TEST_F(Bus, GamesOfOneUserAreLimited) {
    Listener client;
    std::vector<std::unique_ptr<Process>> games;
    for (int i = 0; i < 256; ++i) {
        games.push_back(sleeper());
        client.RegisterGame(games.back()->pid(), {});
    }
    const auto one_more = sleeper();
    expect_error(manager(std::format("RegisterGame {} {{}}", one_more->pid())), "LimitReached");
    EXPECT_EQ(client.Games().size(), 256u);
}

TEST_F(Bus, AKilledDaemonKnowsItsGamesAgain) {
    const Listener listener;
    const auto game = sleeper(), gone = sleeper();
    const uint32_t pid = game->pid(), gone_pid = gone->pid();
    const std::string object = manager(std::format("RegisterGame {} {{}}", pid)).text;
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", gone_pid)).status, 0);
    daemon->end(SIGKILL);
    gone->end(SIGKILL);
    start_daemon();
    EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", pid)).text, object);
    EXPECT_TRUE(eventually([&] { return listener.exits_of(gone_pid) == 1; }))
        << "it ended meanwhile";
    EXPECT_EQ(listener.starts_of(pid), 1u);
    EXPECT_EQ(listener.exits_of(pid), 0u);
}

uint64_t slice_usec(Listener& client) {
    return client.Tunables().at("slice-usec").get<uint64_t>();
}

TEST_F(Bus, AProfileThatIsSetIsInForceAndSignalled) {
    Listener client;
    EXPECT_EQ(client.Profile(), "balanced");
    EXPECT_EQ(client.Profiles(), (std::vector<std::string>{"balanced", "battery", "esports"}));
    const Monitor monitor(root);
    client.SetProfile("esports");
    EXPECT_EQ(client.Profile(), "esports");
    EXPECT_EQ(slice_usec(client), 2000u);
    EXPECT_TRUE(monitor.sees("'Profile': <'esports'>")) << monitor.text();
    client.SetProfile("");
    EXPECT_EQ(client.Profile(), "balanced");
    EXPECT_EQ(slice_usec(client), 3000u);
    EXPECT_TRUE(monitor.sees("'Profile': <'balanced'>")) << monitor.text();
}

TEST_F(Bus, ATunableThatWasSetIsForgottenWhenTheProfileChanges) {
    Listener client;
    const sdbus::Variant value(uint64_t{7000});
    client.SetTunable("slice-usec", value);
    client.SetProfile("balanced");
    EXPECT_EQ(slice_usec(client), 7000u) << "it was in force already";
    client.SetProfile("battery");
    EXPECT_EQ(slice_usec(client), 6000u);
    client.SetTunable("slice-usec", value);
    client.Reload();
    EXPECT_EQ(slice_usec(client), 6000u);
}

TEST_F(Bus, AGamesProfileGoesBeforeTheChosenOne) {
    Listener client;
    const auto older = sleeper(), newer = sleeper(), plain = sleeper();
    const auto named = [](const char* profile) {
        return std::map<std::string, sdbus::Variant>{
            {"Profile", sdbus::Variant(std::string(profile))}};
    };
    const std::string object = client.RegisterGame(older->pid(), named("esports"));
    client.RegisterGame(newer->pid(), named("battery"));
    client.RegisterGame(plain->pid(), {});
    EXPECT_EQ(client.Profile(), "battery");
    EXPECT_NE(sh("gdbus call --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 -o " +
                 object + " -m org.freedesktop.DBus.Properties.Get org.gamesched1.Game Profile")
                  .text.find("esports"),
              std::string::npos);
    client.SetProfile("balanced");
    EXPECT_EQ(client.Profile(), "battery");
    newer->end(SIGKILL);
    EXPECT_TRUE(eventually([&] { return client.Profile() == "esports"; }));
    client.UnregisterGame(older->pid());
    EXPECT_EQ(client.Profile(), "balanced");
}

TEST_F(Bus, AGameWithAnUnknownProfileIsNotRegistered) {
    const auto game = sleeper();
    expect_error(manager(std::format("RegisterGame {} \"{{'Profile': <'warp'>}}\"", game->pid())),
                 "NoSuchProfile");
    EXPECT_TRUE(Listener().Games().empty());
}

TEST_F(Bus, ProfilesOutliveTheService) {
    const auto game = sleeper();
    Listener client;
    client.SetProfile("battery");
    client.RegisterGame(game->pid(), {{"Profile", sdbus::Variant(std::string("esports"))}});
    daemon->end(SIGKILL);
    start_daemon();
    EXPECT_EQ(client.Profile(), "esports");
    EXPECT_EQ(slice_usec(client), 2000u);
    client.UnregisterGame(game->pid());
    EXPECT_EQ(client.Profile(), "battery");
}

TEST_F(Bus, ProfilesOfTheConfigurationComeAndGoWithAReload) {
    Listener client;
    fs::create_directories(root / "etc");
    std::ofstream(root / "etc/gamesched.toml")
        << "profile = \"mine\"\n[profiles.mine]\nslice-usec = 5000\n[tunables]\npreempt = false";
    client.Reload();
    EXPECT_EQ(client.Profile(), "mine");
    EXPECT_EQ(client.Profiles().size(), 4u);
    EXPECT_EQ(slice_usec(client), 5000u);
    client.SetProfile("esports");
    EXPECT_FALSE(client.Tunables().at("preempt").get<bool>()) << "[tunables] applies over all";
    client.SetProfile("mine");
    std::ofstream(root / "etc/gamesched.toml") << "";
    client.Reload();
    EXPECT_EQ(client.Profile(), "balanced");
    std::ofstream(root / "etc/gamesched.toml") << "\nprofile = \"warp\"";
    const Output wrong = manager("Reload");
    expect_error(wrong, "InvalidConfiguration");
    EXPECT_NE(wrong.text.find("gamesched.toml:2: profile: "), std::string::npos) << wrong.text;
}

TEST_F(Bus, ThereIsNothingToExplainWithoutTheScheduler) {
    const Output output = call("org.gamesched1.Scheduler.Explain 1");
    expect_error(output, "NotAttached");
    EXPECT_NE(output.text.find("unsupported"), std::string::npos) << output.text;
}

TEST_F(Bus, AWrongConfigurationIsNamedAndThePreviousStays) {
    fs::create_directories(root / "etc");
    std::ofstream(root / "etc/gamesched.toml") << "mode = 5";
    const Output output = manager("Reload");
    expect_error(output, "InvalidConfiguration");
    EXPECT_NE(output.text.find("gamesched.toml:1: mode"), std::string::npos) << output.text;
    std::ofstream(root / "etc/gamesched.toml") << "mode = \"on\"";
    EXPECT_EQ(manager("Reload").status, 0);
    EXPECT_TRUE(Listener().Active());
}

}  // namespace
}  // namespace gamesched::test

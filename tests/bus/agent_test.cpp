// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real gamesched-agent on a private session bus, with the real gameschedd on a private system
// bus behind it. Runs as root, so root's games are its own.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>
#include <utility>

#include "tests/bus/bus.h"

namespace gamesched::test {
namespace {

struct AgentBus : Bus {
    std::unique_ptr<PrivateBus> session;
    std::unique_ptr<Process> agent;

    AgentBus() {
        session = std::make_unique<PrivateBus>(root / "session", "DBUS_SESSION_BUS_ADDRESS");
        for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "DISPLAY"})
            unsetenv(variable);
        setenv("HOME", (root / "home").c_str(), 1);
        write_manifest(620, "Portal 2");
    }
    ~AgentBus() override {
        agent.reset();
        session.reset();
    }

    void write_manifest(int app_id, const std::string& title) const {
        const fs::path folder = root / "home/.local/share/Steam/steamapps";
        fs::create_directories(folder);
        std::ofstream(folder / std::format("appmanifest_{}.acf", app_id))
            << "\"AppState\" { \"name\" \"" << title << "\" }";
    }
    // No compositor says anything.
    void start_agent_quietly() {
        agent = std::make_unique<Process>(std::vector<std::string>{GAMESCHED_AGENT});
    }
    void start_agent() {
        start_agent_quietly();
        EXPECT_TRUE(eventually([] { return set_focus("0").status == 0; }));
    }
    static Output set_focus(const std::string& pid) {
        return sh(
            "gdbus call --session -d org.gamesched1.Agent -o /org/gamesched1/Agent -m "
            "org.gamesched1.Agent.SetFocus -- " +
            pid);
    }
    // The number of its object.
    static std::string register_game(const Process& game, const std::string& options = "") {
        const Output output =
            manager(std::format("RegisterGame {} \"{{{}}}\"", game.pid(), options));
        EXPECT_EQ(output.status, 0) << output.text;
        const std::string path = output.text.substr(0, output.text.rfind('\''));
        return path.substr(path.rfind('/') + 1);
    }
    static std::string get(const std::string& object, const std::string& interface,
                           const std::string& property) {
        return sh(std::format("busctl --address \"$DBUS_SYSTEM_BUS_ADDRESS\" get-property "
                              "org.gamesched1 /org/gamesched1{} org.gamesched1.{} {}",
                              object, interface, property))
            .text;
    }
    static std::string name_of(const std::string& game) {
        return get("/game/" + game, "Game", "Name");
    }
    static bool is_named(const std::string& game, const std::string& name) {
        return eventually([&] { return name_of(game) == "s \"" + name + "\""; });
    }
    static bool is_focused(const std::string& game) {
        const std::string path = game.empty() ? "/" : "/org/gamesched1/game/" + game;
        return eventually([&] { return get("", "Manager", "Focus") == "o \"" + path + "\""; });
    }
    std::string switches() const {
        return sh(std::format("grep ctxt /proc/{}/status", agent->pid())).text;
    }
};

TEST_F(AgentBus, AGamesTitleIsLookedUpWhenItStarts) {
    start_agent();
    const auto game = sleeper();
    const std::string id = register_game(*game, "'AppId': <'620'>");
    EXPECT_TRUE(is_named(id, "Portal 2")) << name_of(id);
    EXPECT_EQ(get("/game/" + id, "Game", "NameSource"), "s \"title\"");
}

TEST_F(AgentBus, AGameThatRunsBeforeTheAgentHasItsTitle) {
    const auto game = sleeper();
    const std::string id = register_game(*game, "'AppId': <'620'>");
    EXPECT_TRUE(is_named(id, "sleep"));
    start_agent();
    EXPECT_TRUE(is_named(id, "Portal 2")) << name_of(id);
}

TEST_F(AgentBus, TheServiceMayStartAnew) {
    start_agent();
    daemon->end(SIGTERM);
    start_daemon();
    const auto game = sleeper();
    EXPECT_TRUE(is_named(register_game(*game, "'AppId': <'620'>"), "Portal 2"));
}

TEST_F(AgentBus, OnlyTheUsersOwnGamesWithoutANameAreNamed) {
    start_agent();
    write_manifest(1, "Last");
    const auto named = sleeper(), others = sleeper(kUser), unknown = sleeper(), last = sleeper();
    const std::string named_id = register_game(*named, "'AppId': <'620'>, 'Name': <'Mine'>"),
                      others_id = register_game(*others, "'AppId': <'620'>"),
                      unknown_id = register_game(*unknown, "'AppId': <'../620'>"),
                      last_id = register_game(*last, "'AppId': <'1'>");
    EXPECT_TRUE(is_named(last_id, "Last"));
    EXPECT_EQ(name_of(named_id), "s \"Mine\"");
    EXPECT_EQ(name_of(others_id), "s \"sleep\"");
    EXPECT_EQ(name_of(unknown_id), "s \"sleep\"");
}

TEST_F(AgentBus, ATitleIsMadeFitForTheService) {
    start_agent();
    write_manifest(1, std::string(300, 'x') + "\n");
    write_manifest(2, "Tab\tulator");
    const auto one = sleeper(), other = sleeper();
    EXPECT_TRUE(is_named(register_game(*one, "'AppId': <'1'>"), std::string(256, 'x')));
    EXPECT_TRUE(is_named(register_game(*other, "'AppId': <'2'>"), "Tab\\357\\277\\275ulator"));
}

TEST_F(AgentBus, TheCompositorsWordIsHandedOnWhileSeveralGamesRun) {
    start_agent();
    const auto one = sleeper(), other = sleeper(), desktop = sleeper();
    const std::string one_id = register_game(*one);
    EXPECT_EQ(set_focus(std::to_string(one->pid())).status, 0);
    EXPECT_TRUE(is_focused("")) << "there is nothing to choose";
    const std::string other_id = register_game(*other);
    EXPECT_TRUE(is_focused(one_id)) << "its window had the focus before";
    set_focus(std::to_string(other->pid()));
    EXPECT_TRUE(is_focused(other_id));
    set_focus(std::to_string(desktop->pid()));
    EXPECT_TRUE(is_focused(""));
    set_focus(std::to_string(one->pid()));
    EXPECT_TRUE(is_focused(one_id));
    daemon->end(SIGTERM);
    start_daemon();
    EXPECT_TRUE(is_focused(one_id)) << "the service has forgotten it";
    agent->end(SIGTERM);
    EXPECT_TRUE(is_focused("")) << "nobody follows any more";
}

// labwc without a screen.
struct Wayland : AgentBus {
    std::unique_ptr<Process> compositor;

    Wayland() {
        const fs::path runtime = root / "wayland";
        fs::create_directories(runtime);
        fs::permissions(runtime, fs::perms::owner_all);
        setenv("XDG_RUNTIME_DIR", runtime.c_str(), 1);
        setenv("WLR_BACKENDS", "headless", 1);
        setenv("WLR_RENDERER", "pixman", 1);
        compositor = std::make_unique<Process>(
            std::vector<std::string>{"sh", "-c", "exec labwc > \"$XDG_RUNTIME_DIR/log\" 2>&1"});
        EXPECT_TRUE(eventually([&] { return fs::exists(runtime / "wayland-0"); }, 30s))
            << read_text(runtime / "log");
        setenv("WAYLAND_DISPLAY", "wayland-0", 1);
    }
    ~Wayland() override {
        agent.reset();
        unsetenv("WAYLAND_DISPLAY");
        unsetenv("XDG_RUNTIME_DIR");
    }
    // Returns when it is shown.
    std::unique_ptr<Process> window(const std::string& app_id) const {
        const std::string log = root / "window";
        fs::remove(log);
        auto process = std::make_unique<Process>(std::vector<std::string>{
            "sh", "-c", std::format("exec {} {} > {}", TEST_TOPLEVEL, app_id, log)});
        EXPECT_TRUE(eventually([&] { return read_text(log) == "shown"; }));
        return process;
    }
};

TEST_F(Wayland, TheActiveWindowsGameHasTheFocus) {
    start_agent_quietly();
    const auto one = sleeper();
    const std::string steams = register_game(*one, "'AppId': <'620'>");
    auto steams_window = window("steam_app_620");
    const auto other = window("SLEEP2");  // a copy of sleep, below
    fs::copy_file("/usr/bin/sleep", root / "sleep2");
    Process own({root / "sleep2", "60"});
    EXPECT_TRUE(eventually([&] {
        return sh(std::format("readlink /proc/{}/exe", own.pid())).text.ends_with("sleep2");
    }));
    EXPECT_TRUE(is_focused("")) << "one game needs no choice";
    const std::string owns = register_game(own);
    EXPECT_TRUE(is_focused(owns)) << "its window was opened last";
    auto desktop = window("org.example.Editor");
    EXPECT_TRUE(is_focused(""));
    desktop.reset();
    EXPECT_TRUE(is_focused(owns)) << "the window before it has the focus again";
    steams_window = window("steam_app_620");
    EXPECT_TRUE(is_focused(steams));
    compositor->end(SIGTERM);
    EXPECT_TRUE(is_focused("")) << "nobody knows any more";
}

TEST_F(Wayland, AWindowIsAGamesAsSoonAsItIsKnownAsOne) {
    start_agent_quietly();
    const auto one = sleeper(), other = sleeper(), third = sleeper();
    const auto shown = window("steam_app_3");
    register_game(*one, "'AppId': <'1'>");
    register_game(*other, "'AppId': <'2'>");
    EXPECT_TRUE(is_focused(""));
    EXPECT_TRUE(is_focused(register_game(*third, "'AppId': <'3'>")));
}

TEST_F(AgentBus, WrongProcessesAreNamed) {
    start_agent();
    for (const auto& [pid, error] :
         {std::pair("-1", "InvalidArgument"), {"4194305", "NoSuchProcess"}})
        expect_error(set_focus(pid), error);
}

TEST_F(AgentBus, ASessionHasOneAgent) {
    start_agent();
    Process second({GAMESCHED_AGENT});
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = second.status()).has_value(); }));
    EXPECT_EQ(status, 0);
}

TEST_F(AgentBus, WithoutASessionBusTitlesAreFoundAllTheSame) {
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    start_agent_quietly();
    const auto game = sleeper();
    EXPECT_TRUE(is_named(register_game(*game, "'AppId': <'620'>"), "Portal 2"));
}

TEST_F(AgentBus, WithoutAGameItSleeps) {
    start_agent();
    std::this_thread::sleep_for(500ms);
    const std::string before = switches();
    EXPECT_EQ(manager("Hold someone something").status, 0);
    EXPECT_EQ(manager("SetMode on").status, 0);
    std::this_thread::sleep_for(2s);
    EXPECT_EQ(switches(), before);
}

TEST_F(AgentBus, ItEndsWithTheSessionBus) {
    start_agent();
    session.reset();
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = agent->status()).has_value(); }));
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace gamesched::test

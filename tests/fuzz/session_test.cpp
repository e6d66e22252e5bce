// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Messages of any kind on every method of what the session offers: GameMode's protocol and what a
// compositor tells the agent.

#include <fstream>
#include <iostream>
#include <memory>
#include <set>

#include "dbus/names.h"
#include "tests/fuzz/conversation.h"
#include "tests/fuzz/fixture.h"

namespace gamesched::fuzz {
namespace {

using namespace test;

constexpr uint64_t kSessionSeed = 20'261'127;
constexpr int kProcesses = 4, kClients = 3;
constexpr char kSessionBus[] = "DBUS_SESSION_BUS_ADDRESS";

struct FuzzSession : FuzzFixture {
    std::unique_ptr<PrivateBus> session_bus =
        std::make_unique<PrivateBus>(root / "session", kSessionBus);

    FuzzSession() {
        fs::create_directories(root / "session-etc");
        // Processes that are there by chance keep their priorities.
        std::ofstream(root / "session-etc/gamemode.ini") << "[general]\nioprio=off\n";
        for (int i = 0; i < kProcesses; ++i)
            add_process();
        name_games();
    }

    static std::string introspect(const std::string& name, const std::string& path) {
        return fuzz::introspect("--session", name, path);
    }
    static bool answers(const std::string& name, const std::string& path) {
        return eventually([&] { return introspect(name, path).contains("<interface"); }, 30s);
    }
    void name_games() {
        world.games.clear();
        for (const uint32_t pid : world.pids)
            world.games.push_back(std::format("{}/{}", names::kGameModeGames, pid));
    }

    // Afterwards every method has been called well.
    void talk(const std::string& name, Messages messages, uint64_t calls,
              const std::set<std::string>& never_good = {}) {
        std::cout << std::format("{}: {} messages, seed {}\n", name, calls, kSessionSeed)
                  << std::flush;
        Conversation conversation(name);
        std::vector<std::unique_ptr<Client>> clients(kClients);
        for (uint64_t i = 0; i < calls && !conversation.has_complained(); ++i) {
            auto& client = clients[messages.below(clients.size())];
            if (!client || messages.below(kClientLives) == 0)
                client = std::make_unique<Client>(kSessionBus, 0);
            if (messages.below(kProcessLives) == 0) {
                replace_process(messages.below(processes.size()));
                name_games();
            }
            conversation.send(*client, messages.next(world));
        }
        conversation.wait_for_all();
        ASSERT_FALSE(conversation.has_complained());
        conversation.expect_good_answers(messages.methods(), never_good);
    }
};

TEST_F(FuzzSession, NothingIsLeftInGameModesObjects) {
    Process session(
        {GAMESCHED_SESSION, "--config-directory", root / "session-etc", "--idle-msec", "600000"});
    ASSERT_TRUE(answers(names::kGameModeName, names::kGameModePath));
    const auto gamemode = sdbus::createProxy(sdbus::createSessionBusConnection(),
                                             sdbus::ServiceName(names::kGameModeName),
                                             sdbus::ObjectPath(names::kGameModePath));
    const auto unregister_all = [&] {
        std::vector<sdbus::Struct<int32_t, sdbus::ObjectPath>> games;
        gamemode->callMethod("ListGames").onInterface(names::kGameModeName).storeResultsTo(games);
        // PID 1 and whoever else lives on had the luck to be named.
        for (const auto& game : games)
            gamemode->callMethod("UnregisterGame")
                .onInterface(names::kGameModeName)
                .withArguments(std::get<0>(game));
        return games.empty();
    };
    const auto first = static_cast<int32_t>(processes[0]->pid());
    gamemode->callMethod("RegisterGame").onInterface(names::kGameModeName).withArguments(first);
    Messages messages(
        kSessionSeed,
        {{names::kGameModePath, introspect(names::kGameModeName, names::kGameModePath)},
         {"",
          introspect(names::kGameModeName, std::format("{}/{}", names::kGameModeGames, first))}},
        CORPUS "/bus/session.txt");
    EXPECT_TRUE(eventually(unregister_all));
    const size_t before = descriptors_of(session);

    ASSERT_NO_FATAL_FAILURE(
        talk(names::kGameModeName, std::move(messages), usual_or_long<uint64_t>(5'000, 100'000)));
    processes.clear();
    EXPECT_TRUE(eventually(unregister_all)) << "games are left";
    EXPECT_TRUE(eventually([] { return Listener().Games().empty(); })) << "of the service's";
    expect_no_more_descriptors(session, before);
    expect_to_end_well(session);
}

TEST_F(FuzzSession, NothingIsLeftInTheAgentsObject) {
    setenv("HOME", (root / "home").c_str(), 1);
    for (const char* variable : {"XDG_DATA_HOME", "XDG_CONFIG_HOME", "DISPLAY"})
        unsetenv(variable);
    // While there are two games, what is said is handed on.
    const auto one = sleeper(), another = sleeper();
    for (const auto* game : {&one, &another})
        EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", (*game)->pid())).status, 0);
    Process agent({GAMESCHED_AGENT});
    ASSERT_TRUE(answers(names::kAgentName, names::kAgentPath));
    const size_t before = descriptors_of(agent);
    ASSERT_NO_FATAL_FAILURE(
        talk(names::kAgentName,
             Messages(kSessionSeed,
                      {{names::kAgentPath, introspect(names::kAgentName, names::kAgentPath)}},
                      CORPUS "/bus/session.txt"),
             usual_or_long<uint64_t>(2'000, 50'000), {"org.freedesktop.DBus.Properties.Get"}));
    processes.clear();
    EXPECT_EQ(sh(std::format("gdbus call --session -d {} -o {} -m {}.SetFocus 0", names::kAgentName,
                             names::kAgentPath, names::kAgentName))
                  .status,
              0);
    expect_no_more_descriptors(agent, before);
    expect_to_end_well(agent);
}

}  // namespace
}  // namespace gamesched::fuzz

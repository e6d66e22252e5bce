// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Messages of any kind on every method of the service's interfaces: it answers each call, says
// nothing that cannot be shown, and has nothing left of it when everybody has gone.

#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "dbus/names.h"
#include "tests/fuzz/conversation.h"
#include "tests/fuzz/fixture.h"

namespace gamesched::fuzz {
namespace {

using namespace test;

constexpr uint64_t kBusSeed = 20'261'126;
constexpr uint64_t kCalls = 10'000, kCallsLong = 1'000'000;
constexpr char kSystemBus[] = "DBUS_SYSTEM_BUS_ADDRESS";

// What only a scheduler that is attached can answer well.
const std::set<std::string> kNeedScheduler = {"org.gamesched1.Scheduler.Explain",
                                              "org.gamesched1.Scheduler.Restart",
                                              "org.gamesched1.Game.GetStats"};

struct FuzzBus : FuzzFixture {
    FuzzBus() {
        for (const uid_t user : {uid_t{0}, uid_t{0}, uid_t{0}, kUser})
            add_process(user);
        // Something has to be there that introspection can be asked about.
        EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", processes[0]->pid())).status, 0);
        messages = std::make_unique<Messages>(
            kBusSeed,
            std::vector<Interfaces>{
                {names::kManagerPath, introspect("--system", names::kBusName, names::kManagerPath)},
                {"", introspect("--system", names::kBusName, "/org/gamesched1/game/1")}},
            CORPUS "/bus/service.txt");
        EXPECT_EQ(manager(std::format("UnregisterGame {}", processes[0]->pid())).status, 0);
        // The first timer makes a descriptor that stays.
        EXPECT_EQ(call("org.gamesched1.Stats.Subscribe 1000").status, 0);
        descriptors_before = descriptors_of(*daemon);
    }

    // One leaves in the midst of it, another comes.
    void replace_something() {
        if (messages->below(kClientLives) == 0) {
            const size_t which = messages->below(clients.size());
            clients[which].reset();
            clients[which] = std::make_unique<Client>(kSystemBus, which == 0 ? kUser : 0);
        }
        if (messages->below(kProcessLives) == 0)
            replace_process(messages->below(processes.size()));
    }

    // What nobody has caused any more is not there any more.
    void expect_nothing_left() {
        Listener listener;
        listener.SetMode("auto");
        // PID 1 and whoever else lives on had the luck to be named.
        listener.unregister_all_games();
        listener.SetFocus(0);
        EXPECT_TRUE(eventually([&] { return listener.Games().empty(); })) << "games";
        EXPECT_TRUE(eventually([&] { return listener.Holds().empty(); })) << "holds";
        EXPECT_FALSE(listener.Active());
        EXPECT_EQ(std::string(listener.Focus()), "/");
        for (const auto& [path, interfaces] : managed_objects())
            EXPECT_FALSE(std::string(path).starts_with(names::kGamePathPrefix)) << path;
        const std::string stats = call("org.gamesched1.Stats.Get").text;
        EXPECT_EQ(number_behind(stats, "'GamesStarted': <uint64 "),
                  number_behind(stats, "'GamesExited': <uint64 "))
            << stats;
        for (const nlohmann::json state =
                 nlohmann::json::parse(read_text(root / "run/state.json"), nullptr, false);
             const char* list : {"games", "holds", "launches"}) {
            ASSERT_TRUE(state.is_object());
            EXPECT_TRUE(state.at(list).empty()) << list;
        }
        for (const auto& file : fs::directory_iterator(root / "state"))
            EXPECT_LE(file.file_size(), 256u * 1024) << file.path();
    }
    static std::map<sdbus::ObjectPath, std::map<std::string, std::map<std::string, sdbus::Variant>>>
    managed_objects() {
        const auto service = sdbus::createProxy(sdbus::createSystemBusConnection(),
                                                sdbus::ServiceName(names::kBusName),
                                                sdbus::ObjectPath(names::kManagerPath));
        std::map<sdbus::ObjectPath, std::map<std::string, std::map<std::string, sdbus::Variant>>>
            objects;
        service->callMethod("GetManagedObjects")
            .onInterface("org.freedesktop.DBus.ObjectManager")
            .storeResultsTo(objects);
        return objects;
    }
    static std::string number_behind(const std::string& text, const std::string& label) {
        const size_t begin = text.find(label) + label.size();
        return text.substr(begin, text.find('>', begin) - begin);
    }

    // A user has eight subscriptions at most: if one were left of somebody who has gone, these
    // would not all be had.
    static void expect_no_subscription_left() {
        std::vector<std::unique_ptr<Client>> subscribers;
        for (int i = 0; i < 8; ++i) {
            subscribers.push_back(std::make_unique<Client>(kSystemBus, 0));
            const std::unique_ptr<GVariant, VariantUnref> done(g_dbus_connection_call_sync(
                subscribers.back()->get(), names::kBusName, names::kManagerPath,
                "org.gamesched1.Stats", "Subscribe", g_variant_new("(u)", 1'000), nullptr,
                G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
            EXPECT_TRUE(done) << "subscription " << i;
        }
    }

    const Polkit polkit{true};
    std::unique_ptr<Messages> messages;
    std::vector<std::unique_ptr<Client>> clients;
    size_t descriptors_before = 0;
    Conversation conversation{names::kBusName, [this](const std::string& method, GVariant* body) {
                                  world.learn(method, body);
                              }};
};

TEST_F(FuzzBus, NothingIsLeftOfMessagesOfAnyKind) {
    const uint64_t calls = usual_or_long(kCalls, kCallsLong);
    std::cout << std::format("{} messages, seed {}\n", calls, kBusSeed) << std::flush;
    for (const uid_t user : {kUser, uid_t{0}, uid_t{0}, uid_t{0}})
        clients.push_back(std::make_unique<Client>(kSystemBus, user));
    for (uint64_t i = 0; i < calls && !conversation.has_complained(); ++i) {
        replace_something();
        // What another user asks for is refused after a while: too many would be answered late
        // only.
        const size_t client =
            messages->below(50) == 0 ? 0 : 1 + messages->below(clients.size() - 1);
        conversation.send(*clients[client], messages->next(world));
    }
    conversation.wait_for_all();
    ASSERT_FALSE(conversation.has_complained());
    conversation.expect_good_answers(messages->methods(), kNeedScheduler);
    ASSERT_FALSE(daemon->status()) << "the service has ended";

    clients.clear();
    processes.clear();
    expect_nothing_left();
    expect_no_subscription_left();
    expect_no_more_descriptors(*daemon, descriptors_before);
    expect_to_end_well(*daemon);
}

}  // namespace
}  // namespace gamesched::fuzz

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Messages of any kind to the installed service while its scheduler is attached. The service that
// the fuzzers send theirs to (tests/fuzz) has the sanitizers, and no scheduler.

#include <cstdlib>
#include <format>
#include <iostream>
#include <vector>

#include "dbus/names.h"
#include "tests/fuzz/conversation.h"
#include "tests/fuzz/message.h"
#include "tests/support/pidfd.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using fuzz::Client;
using fuzz::Conversation;
using fuzz::Message;
using fuzz::World;

using MessagesOfAnyKind = Vm;

constexpr uint64_t kMessagesSeed = 20'261'127;
constexpr char kSystemBus[] = "DBUS_SYSTEM_BUS_ADDRESS";

TEST_F(MessagesOfAnyKind, LeaveASchedulerThatIsAttachedWorking) {
    setenv(kSystemBus, "unix:path=/run/dbus/system_bus_socket", 1);
    const pid_t service = service_pid();
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    std::vector<Child> processes;
    processes.push_back(busy(1));
    for (int i = 0; i < 3; ++i)
        processes.push_back(sleeper());
    std::vector<sdbus::UnixFd> pidfds;
    World world;
    for (const Child& process : processes) {
        world.pids.push_back(process.pid());
        pidfds.push_back(pidfd_of(process.pid()));
        world.descriptors.push_back(pidfds.back().get());
    }
    const sdbus::ObjectPath game = listener.RegisterGame(world.pids.front(), {});
    fuzz::Messages messages(
        kMessagesSeed,
        {{names::kManagerPath, fuzz::introspect("--system", names::kBusName, names::kManagerPath)},
         {"", fuzz::introspect("--system", names::kBusName, game)}},
        TESTSDIR "/corpus/service.txt");
    clear_kernel_log();
    int while_attached = 0;
    {
        const Client client(kSystemBus, 0);
        Conversation conversation(names::kBusName, [&](const std::string& method, GVariant* body) {
            world.learn(method, body);
        });
        const int count = usual_or_long(1'500, 50'000);
        std::cout << std::format("{} messages, seed {}\n", count, kMessagesSeed) << std::flush;
        for (int i = 0; i < count && !conversation.has_complained(); ++i) {
            Message message = messages.next(world);
            // The verifier takes an emulated CPU seconds.
            if (message.member == "Restart" && messages.below(4) != 0)
                continue;
            const bool is_mode = message.member == "SetMode";
            conversation.send(client, std::move(message));
            if (is_mode) {
                conversation.wait_for_all();
                listener.SetMode("auto");
            }
            while_attached += ops() == "gamesched";
        }
        conversation.wait_for_all();
        EXPECT_FALSE(conversation.has_complained());
        conversation.expect_good_answers(messages.methods());
    }
    std::cout << std::format("{} of them while it was attached\n", while_attached);
    EXPECT_GT(while_attached, 1'000);
    EXPECT_EQ(service_pid(), service);
    listener.SetMode("auto");
    listener.SetProfile("");
    listener.SetFocus(0);
    listener.Reload();  // the tunables of the configuration again
    EXPECT_TRUE(eventually([&] { return listener.Holds().empty(); }));
    // PID 1 and whoever else lives on had the luck to be named.
    listener.unregister_all_games();
    // By number one may have ended it.
    EXPECT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    EXPECT_EQ(ops(), "gamesched") << property("Scheduler.Reason");
    EXPECT_TRUE(listener.trips().empty());
    EXPECT_EQ(kernel_complaints(), "");
}

}  // namespace
}  // namespace gamesched::test

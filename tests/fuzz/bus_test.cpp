// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Messages of any kind on every method of the service's interfaces: it answers each call, says
// nothing that cannot be shown, and has nothing left of it when everybody has gone.

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <deque>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "dbus/names.h"
#include "tests/bus/bus.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/message.h"

namespace gamesched::fuzz {
namespace {

using namespace test;

constexpr uint64_t kSeed = 20'261'126;
constexpr uint64_t kCalls = 10'000, kCallsLong = 1'000'000;
constexpr size_t kAtOnce = 64;          // calls that wait for their answers
constexpr size_t kRemembered = 20;      // messages that are shown when something is wrong
constexpr uint64_t kClientLives = 400;  // messages, on average
constexpr uint64_t kProcessLives = 300;
constexpr int kReplyTimeoutMsec = 60'000;

// What only a scheduler that is attached can answer well.
const std::set<std::string> kNeedScheduler = {"org.gamesched1.Scheduler.Explain",
                                              "org.gamesched1.Scheduler.Restart",
                                              "org.gamesched1.Game.GetStats"};
// All properties are read-only, and the build root has no ID.
const std::set<std::string> kNeverGood = {"org.freedesktop.DBus.Properties.Set",
                                          "org.freedesktop.DBus.Peer.GetMachineId"};

// The first thing that is wrong with the texts of a value; empty if nothing is.
std::string wrong_text_in(GVariant* value) {
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
        const char* text = g_variant_get_string(value, nullptr);
        return is_printable(text) ? "" : std::format("\"{}\" is not printable", text);
    }
    if (!g_variant_is_container(value))
        return "";
    for (gsize i = 0; i < g_variant_n_children(value); ++i) {
        const Variant child(g_variant_get_child_value(value, i));
        if (std::string wrong = wrong_text_in(child.get()); !wrong.empty())
            return wrong;
    }
    return "";
}

// A connection of some user's.
class Client {
  public:
    explicit Client(uid_t user) {
        if (seteuid(user) != 0)
            throw std::runtime_error("a user cannot be played");
        GError* error = nullptr;
        connection_.reset(g_dbus_connection_new_for_address_sync(
            getenv("DBUS_SYSTEM_BUS_ADDRESS"),
            static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
            nullptr, nullptr, &error));
        if (seteuid(0) != 0 || !connection_)
            throw std::runtime_error(error ? error->message : "root cannot be played");
    }
    // Whatever it still waits for.
    ~Client() { g_dbus_connection_close_sync(connection_.get(), nullptr, nullptr); }

    GDBusConnection* get() const { return connection_.get(); }

  private:
    Ref<GDBusConnection> connection_;
};

struct FuzzBus : Bus {
    // The service's log would be the longest part of the test's: this sends it to a journal, which
    // is not there. What the sanitizers say comes on stderr all the same.
    static void SetUpTestSuite() { setenv("JOURNAL_STREAM", "0:0", 1); }
    static void TearDownTestSuite() { unsetenv("JOURNAL_STREAM"); }

    FuzzBus() {
        for (const uid_t user : {uid_t{0}, uid_t{0}, uid_t{0}, kUser})
            processes.push_back(sleeper(user));
        // Something has to be there that introspection can be asked about.
        EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", processes[0]->pid())).status, 0);
        messages = std::make_unique<Messages>(kSeed, introspect(names::kManagerPath),
                                              introspect("/org/gamesched1/game/1"));
        EXPECT_EQ(manager(std::format("UnregisterGame {}", processes[0]->pid())).status, 0);
        // The first timer makes a descriptor that stays.
        EXPECT_EQ(call("org.gamesched1.Stats.Subscribe 1000").status, 0);
        descriptors_before = descriptors_of_daemon();
        world.descriptors = {open("/dev/null", O_RDWR | O_CLOEXEC), open("/", O_PATH | O_CLOEXEC)};
        for (const auto& process : processes)
            add_process(*process);
    }
    ~FuzzBus() override {
        for (const int descriptor : world.descriptors)
            close(descriptor);
    }

    static std::string introspect(const std::string& path) {
        return sh("gdbus introspect --xml --address \"$DBUS_SYSTEM_BUS_ADDRESS\" -d org.gamesched1 "
                  "-o " +
                  path)
            .text;
    }

    void add_process(const Process& process) {
        world.pids.push_back(process.pid());
        world.descriptors.push_back(
            static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid()), 0)));
    }

    size_t descriptors_of_daemon() const {
        const fs::path folder = std::format("/proc/{}/fd", daemon->pid());
        return static_cast<size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    // One leaves in the midst of it, another comes.
    void replace_something() {
        if (messages->below(kClientLives) == 0) {
            const size_t which = messages->below(clients.size());
            clients[which].reset();
            clients[which] = std::make_unique<Client>(which == 0 ? kUser : 0);
        }
        if (messages->below(kProcessLives) == 0) {
            const size_t which = messages->below(processes.size());
            processes[which]->end(SIGKILL);
            close(world.descriptors[which + 2]);
            processes[which] = sleeper(which == 3 ? kUser : 0);
            world.pids[which] = processes[which]->pid();
            world.descriptors[which + 2] = static_cast<int>(
                syscall(SYS_pidfd_open, static_cast<pid_t>(processes[which]->pid()), 0));
        }
    }

    void send(const Client& client, Message message) {
        const Ref<GDBusMessage> wire(
            message.is_signal
                ? g_dbus_message_new_signal(message.path.c_str(), message.interface.c_str(),
                                            message.member.c_str())
                : g_dbus_message_new_method_call(
                      names::kBusName, message.path.c_str(),
                      message.interface.empty() ? nullptr : message.interface.c_str(),
                      message.member.c_str()));
        g_dbus_message_set_destination(wire.get(), names::kBusName);
        g_dbus_message_set_body(wire.get(), message.body.get());
        if (!message.descriptors.empty()) {
            const Ref<GUnixFDList> list(g_unix_fd_list_new());
            for (const int descriptor : message.descriptors)
                g_unix_fd_list_append(list.get(), descriptor, nullptr);
            g_dbus_message_set_unix_fd_list(wire.get(), list.get());
        }
        int flags = G_DBUS_MESSAGE_FLAGS_NONE;
        if (!message.wants_reply)
            flags |= G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED;
        if (message.is_interactive)
            flags |= G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION;
        g_dbus_message_set_flags(wire.get(), static_cast<GDBusMessageFlags>(flags));
        if (message.wants_reply) {
            ++waiting;
            g_dbus_connection_send_message_with_reply(
                client.get(), wire.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, kReplyTimeoutMsec,
                nullptr, nullptr, on_reply,
                new Pending{*this, message.interface + '.' + message.member});
        } else {
            g_dbus_connection_send_message(client.get(), wire.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                           nullptr, nullptr);
        }
        last.push_back(std::move(message));
        if (last.size() > kRemembered)
            last.pop_front();
    }

    struct Pending {
        FuzzBus& self;
        std::string method;
    };

    static void on_reply(GObject* connection, GAsyncResult* result, gpointer data) {
        const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
        GError* failed = nullptr;
        const Ref<GDBusMessage> reply(g_dbus_connection_send_message_with_reply_finish(
            reinterpret_cast<GDBusConnection*>(connection), result, &failed));
        const std::unique_ptr<GError, decltype(&g_error_free)> error(failed, &g_error_free);
        --pending->self.waiting;
        // One that has left hears nothing any more.
        if (!reply && !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CLOSED))
            pending->self.complain(pending->method, error->message);
        else if (reply)
            pending->self.take(pending->method, reply.get());
    }

    void take(const std::string& method, GDBusMessage* reply) {
        GVariant* body = g_dbus_message_get_body(reply);
        const char* name = g_dbus_message_get_error_name(reply);
        const std::string_view error = name ? name : "";
        // In its own errors sd-bus gives back to a caller what that has sent.
        const bool is_ours =
            !error.starts_with("org.freedesktop.") && !method.ends_with(".Introspect");
        if (const std::string wrong = body && is_ours ? wrong_text_in(body) : ""; !wrong.empty())
            complain(method, wrong);
        if (name) {
            if (!error.starts_with("org.gamesched1.Error.") &&
                !error.starts_with("org.freedesktop.DBus.Error."))
                complain(method, "its error is called " + std::string(error));
            const char* text = "";
            if (body && g_variant_is_of_type(body, G_VARIANT_TYPE("(s)")))
                g_variant_get(body, "(&s)", &text);
            if (std::string_view(text).starts_with("Internal error") ||
                error == "org.freedesktop.DBus.Error.NoReply" ||
                error == "org.freedesktop.DBus.Error.ServiceUnknown")
                complain(method, std::format("{}: {}", error, text));
            return;
        }
        ++good[method];
        if (method == "org.gamesched1.Manager.Hold")
            remember(world.cookies, uint32_of(body));
        else if (method.starts_with("org.gamesched1.Manager.RegisterGame"))
            remember(world.games, path_of(body));
    }

    template <typename Value>
    static void remember(std::vector<Value>& values, Value value) {
        values.push_back(std::move(value));
        if (values.size() > 16)
            values.erase(values.begin());
    }
    static uint32_t uint32_of(GVariant* body) {
        uint32_t value = 0;
        g_variant_get(body, "(u)", &value);
        return value;
    }
    static std::string path_of(GVariant* body) {
        const char* path = "";
        g_variant_get(body, "(&o)", &path);
        return path;
    }

    void complain(const std::string& method, const std::string& what) {
        if (std::exchange(complained, true))
            return;
        ADD_FAILURE() << method << ": " << what;
        for (const Message& message : last)
            std::cout << "  sent lately: " << message.text() << '\n';
    }

    void wait_until(size_t most) {
        while (waiting > most && !complained)
            g_main_context_iteration(nullptr, TRUE);
    }

    // What nobody has caused any more is not there any more.
    void expect_nothing_left() {
        Listener listener;
        listener.SetMode("auto");
        // PID 1 and whoever else lives on had the luck to be named.
        for (const sdbus::ObjectPath& game : listener.Games())
            listener.UnregisterGame(pid_of(game));
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
    static uint32_t pid_of(const sdbus::ObjectPath& game) {
        const auto object = sdbus::createProxy(sdbus::createSystemBusConnection(),
                                               sdbus::ServiceName(names::kBusName), game);
        return object->getProperty("Pid").onInterface("org.gamesched1.Game").get<uint32_t>();
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
            subscribers.push_back(std::make_unique<Client>(0));
            const std::unique_ptr<GVariant, VariantUnref> done(g_dbus_connection_call_sync(
                subscribers.back()->get(), names::kBusName, names::kManagerPath,
                "org.gamesched1.Stats", "Subscribe", g_variant_new("(u)", 1'000), nullptr,
                G_DBUS_CALL_FLAGS_NONE, -1, nullptr, nullptr));
            EXPECT_TRUE(done) << "subscription " << i;
        }
    }

    const Polkit polkit{true};
    std::unique_ptr<Messages> messages;
    std::vector<std::unique_ptr<Process>> processes;
    std::vector<std::unique_ptr<Client>> clients;
    World world;
    size_t descriptors_before = 0;
    size_t waiting = 0;  // calls without an answer yet
    bool complained = false;
    std::deque<Message> last;
    std::map<std::string, size_t> good;  // answers that are no errors, by method
};

TEST_F(FuzzBus, NothingIsLeftOfMessagesOfAnyKind) {
    const uint64_t calls = getenv("GAMESCHED_TEST_LONG") ? kCallsLong : kCalls;
    std::cout << std::format("{} messages, seed {}\n", calls, kSeed) << std::flush;
    for (const uid_t user : {kUser, uid_t{0}, uid_t{0}, uid_t{0}})
        clients.push_back(std::make_unique<Client>(user));
    for (uint64_t i = 0; i < calls && !complained; ++i) {
        replace_something();
        // What another user asks for is refused after a while: too many would be answered late
        // only.
        const size_t client =
            messages->below(50) == 0 ? 0 : 1 + messages->below(clients.size() - 1);
        send(*clients[client], messages->next(world));
        wait_until(kAtOnce);
    }
    wait_until(0);
    ASSERT_FALSE(complained);
    for (const std::string& method : messages->methods()) {
        if (!kNeedScheduler.contains(method) && !kNeverGood.contains(method)) {
            EXPECT_GT(good[method], 0u) << method << " was never called well";
        }
    }
    ASSERT_FALSE(daemon->status()) << "the service has ended";

    clients.clear();
    processes.clear();
    expect_nothing_left();
    expect_no_subscription_left();
    EXPECT_TRUE(eventually([&] { return descriptors_of_daemon() <= descriptors_before; }))
        << descriptors_before << " descriptors before; now\n"
        << sh(std::format("ls -l /proc/{}/fd", daemon->pid())).text;
    // It ends well, and the leak checker of its sanitizer finds nothing.
    kill(static_cast<pid_t>(daemon->pid()), SIGTERM);
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = daemon->status()).has_value(); }, 60s));
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace gamesched::fuzz

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Sends messages to a service and looks at what comes back: every call is answered, with nothing
// that cannot be shown, and no error says that something has gone wrong inside.

#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/fuzz/message.h"

namespace gamesched::fuzz {

// What an object says of itself: XML, empty if it is not there. `bus` as of gdbus: --system or
// --session.
std::string introspect(const std::string& bus, const std::string& name, const std::string& path);

// A connection of some user's.
class Client {
  public:
    // `variable` of the environment tells the bus's address.
    Client(const char* variable, uid_t user);
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    // Whatever it still waits for.
    ~Client();

    GDBusConnection* get() const { return connection_.get(); }

  private:
    Ref<GDBusConnection> connection_;
};

class Conversation {
  public:
    static constexpr size_t kAtOnce = 64;  // calls that wait for their answers

    // An answer that is no error. `method` is "INTERFACE.MEMBER".
    using OnGood = std::function<void(const std::string& method, GVariant* body)>;

    // With who has that name on the bus.
    explicit Conversation(std::string name, OnGood on_good = nullptr);
    Conversation(const Conversation&) = delete;
    Conversation& operator=(const Conversation&) = delete;
    // Waits for what is still on its way: the clients must be there, or have left.
    ~Conversation();

    // Waits while kAtOnce are on their way.
    void send(const Client& client, Message message);
    void wait_for_all();
    // Something was wrong; a failure of the test says what.
    bool has_complained() const { return complained_; }
    // That there was one to each of those methods, but for what can never have one.
    void expect_good_answers(const std::vector<std::string>& methods,
                             const std::set<std::string>& except = {}) const;

  private:
    struct Pending {
        Conversation& self;
        std::string method;
    };

    static void on_reply(GObject* connection, GAsyncResult* result, gpointer data);
    void take(const std::string& method, GDBusMessage* reply);
    void complain(const std::string& method, const std::string& what);
    void wait_until(size_t most) const;

    const std::string name_;
    const OnGood on_good_;
    size_t sent_ = 0;
    size_t waiting_ = 0;
    bool complained_ = false;
    std::deque<Message> last_;
    std::map<std::string, size_t> good_;
};

}  // namespace gamesched::fuzz

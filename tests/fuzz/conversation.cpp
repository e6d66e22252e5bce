// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/fuzz/conversation.h"

#include <gio/gunixfdlist.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <format>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/fuzz/fuzz.h"
#include "tests/support/shell.h"

namespace gamesched::fuzz {
namespace {

constexpr size_t kRemembered = 20;    // messages that are shown when something is wrong
constexpr size_t kToldEach = 50'000;  // messages
constexpr int kReplyTimeoutMsec = 60'000;

// All properties are read-only, and the build root has no ID.
const std::set<std::string> kNeverGood = {"org.freedesktop.DBus.Properties.Set",
                                          "org.freedesktop.DBus.Peer.GetMachineId"};

// Who reads a variant with an array of handles has a descriptor for each, for a moment: of twenty
// thousand of them sdbus-c++ says this, before the service's code sees the call.
constexpr std::string_view kTooManyHandles = "System.Error.EMFILE";

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

}  // namespace

std::string introspect(const std::string& bus, const std::string& name, const std::string& path) {
    return test::sh(std::format("gdbus introspect --xml {} -d {} -o {}", bus, name, path)).text;
}

Client::Client(const char* variable, uid_t user) {
    if (seteuid(user) != 0)
        throw std::runtime_error("a user cannot be played");
    GError* error = nullptr;
    connection_.reset(g_dbus_connection_new_for_address_sync(
        getenv(variable),
        static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION),
        nullptr, nullptr, &error));
    if (seteuid(0) != 0 || !connection_)
        throw std::runtime_error(error ? error->message : "root cannot be played");
}

Client::~Client() {
    g_dbus_connection_close_sync(connection_.get(), nullptr, nullptr);
}

Conversation::Conversation(std::string name, OnGood on_good)
    : name_(std::move(name)), on_good_(std::move(on_good)) {}

Conversation::~Conversation() {
    wait_until(0);
}

void Conversation::send(const Client& client, Message message) {
    const Ref<GDBusMessage> wire(
        message.is_signal
            ? g_dbus_message_new_signal(message.path.c_str(), message.interface.c_str(),
                                        message.member.c_str())
            : g_dbus_message_new_method_call(
                  name_.c_str(), message.path.c_str(),
                  message.interface.empty() ? nullptr : message.interface.c_str(),
                  message.member.c_str()));
    g_dbus_message_set_destination(wire.get(), name_.c_str());
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
        ++waiting_;
        g_dbus_connection_send_message_with_reply(
            client.get(), wire.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, kReplyTimeoutMsec, nullptr,
            nullptr, on_reply, new Pending{*this, message.interface + '.' + message.member});
    } else {
        g_dbus_connection_send_message(client.get(), wire.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE,
                                       nullptr, nullptr);
    }
    last_.push_back(std::move(message));
    if (last_.size() > kRemembered)
        last_.pop_front();
    if (++sent_ % kToldEach == 0)
        std::cout << std::format("{} messages sent\n", sent_) << std::flush;
    wait_until(kAtOnce);
}

void Conversation::on_reply(GObject* connection, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
    GError* failed = nullptr;
    const Ref<GDBusMessage> reply(g_dbus_connection_send_message_with_reply_finish(
        reinterpret_cast<GDBusConnection*>(connection), result, &failed));
    const std::unique_ptr<GError, decltype(&g_error_free)> error(failed, &g_error_free);
    --pending->self.waiting_;
    // One that has left hears nothing any more.
    if (!reply && !g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CLOSED))
        pending->self.complain(pending->method, error->message);
    else if (reply)
        pending->self.take(pending->method, reply.get());
}

void Conversation::take(const std::string& method, GDBusMessage* reply) {
    GVariant* body = g_dbus_message_get_body(reply);
    const char* name = g_dbus_message_get_error_name(reply);
    const std::string_view error = name ? name : "";
    // In its own errors sd-bus gives back to a caller what that has sent.
    const bool is_ours = !error.starts_with("org.freedesktop.") && !method.ends_with(".Introspect");
    if (const std::string wrong = body && is_ours ? wrong_text_in(body) : ""; !wrong.empty())
        complain(method, wrong);
    if (name) {
        if (!error.starts_with("org.gamesched1.Error.") &&
            !error.starts_with("org.freedesktop.DBus.Error.") && error != kTooManyHandles)
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
    ++good_[method];
    if (on_good_)
        on_good_(method, body);
}

void Conversation::complain(const std::string& method, const std::string& what) {
    if (std::exchange(complained_, true))
        return;
    ADD_FAILURE() << method << ": " << what;
    for (const Message& message : last_)
        std::cout << "  sent lately: " << message.text() << '\n';
}

void Conversation::wait_until(size_t most) const {
    while (waiting_ > most)
        g_main_context_iteration(nullptr, TRUE);
}

void Conversation::wait_for_all() {
    wait_until(0);
}

void Conversation::expect_good_answers(const std::vector<std::string>& methods,
                                       const std::set<std::string>& except) const {
    for (const std::string& method : methods)
        if (!kNeverGood.contains(method) && !except.contains(method)) {
            EXPECT_TRUE(good_.contains(method)) << method << " was never called well";
        }
}

}  // namespace gamesched::fuzz

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/peers.h"

#include <format>

namespace gamesched {

Peers::Peers(sdbus::IConnection& connection, std::function<void(const std::string&)> left)
    : connection_(connection),
      left_(std::move(left)),
      bus_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.DBus"),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))) {}

void Peers::watch(const std::string& name) {
    // Watches that are spent go here, not in their own callbacks. Their names never come again.
    for (const std::string& spent : std::exchange(spent_, {}))
        watches_.erase(spent);
    if (watches_.contains(name))
        return ask(name);
    const std::string match = std::format(
        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
        "member='NameOwnerChanged',arg0='{}'",
        name);
    watches_[name] = connection_.addMatchAsync(
        match, [this, name](sdbus::Message) { on_left(name); },
        [this, name](sdbus::Message) { ask(name); }, sdbus::return_slot);
}

void Peers::forget(const std::string& name) {
    watches_.erase(name);
}

// It may have left before the watch was there, or before there was a reason to watch it.
void Peers::ask(const std::string& name) {
    bus_->callMethodAsync("NameHasOwner")
        .onInterface("org.freedesktop.DBus")
        .withArguments(name)
        .uponReplyInvoke([this, name](std::optional<sdbus::Error> error, bool there) {
            if (error || !there)
                on_left(name);
        });
}

void Peers::on_left(const std::string& name) {
    spent_.insert(name);
    left_(name);
}

}  // namespace gamesched

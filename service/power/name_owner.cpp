// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/name_owner.h"

#include <format>
#include <utility>

namespace gamesched {

NameOwner::NameOwner(sdbus::IConnection& connection, std::string name,
                     std::function<void()> changed)
    : name_(std::move(name)),
      changed_(std::move(changed)),
      bus_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.DBus"),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))) {
    const std::string match = std::format(
        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
        "member='NameOwnerChanged',arg0='{}'",
        name_);
    match_ = connection.addMatchAsync(
        match,
        [this](sdbus::Message message) {
            std::string which, before, now;
            message >> which >> before >> now;
            set(std::move(now));
        },
        [this](sdbus::Message) { ask(); }, sdbus::return_slot);
}

// Whoever came before the match was there.
void NameOwner::ask() {
    bus_->callMethodAsync("GetNameOwner")
        .onInterface("org.freedesktop.DBus")
        .withArguments(name_)
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, const std::string& owner) {
            set(error ? "" : owner);
        });
}

void NameOwner::set(std::string owner) {
    if (owner_ == owner)
        return;
    owner_ = std::move(owner);
    changed_();
}

}  // namespace gamesched

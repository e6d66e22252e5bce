// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/backlog.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <systemd/sd-bus.h>

#include <chrono>
#include <utility>

namespace gamesched {
namespace {

constexpr std::chrono::seconds kPatience{10};
// Of what the kernel counts, in bytes: a bus that is at work leaves less between two turns.
constexpr int kMuch = 256 * 1024;

}  // namespace

Backlog::Backlog(Loop& loop, sdbus::IConnection& connection, sd_bus* bus,
                 std::function<void()> on_stuck)
    : loop_(loop),
      bus_(bus),
      on_stuck_(std::move(on_stuck)),
      proxy_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.DBus"),
                                sdbus::ObjectPath("/org/freedesktop/DBus"))),
      turns_(loop.after_each_turn([this] { look(); })) {}

void Backlog::look() {
    if (!is_much_unread())
        timer_.reset();
    else if (!timer_ && !asking_)
        timer_ = loop_.after(kPatience, [this] { ask(); });
}

void Backlog::ask() {
    timer_.reset();
    asking_ = true;
    proxy_->callMethodAsync("GetId")
        .onInterface("org.freedesktop.DBus")
        .withTimeout(kPatience)
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, const std::string&) {
            asking_ = false;
            // Not in the midst of the bus's own work.
            if (error)
                timer_ = loop_.defer(on_stuck_);
        });
}

bool Backlog::is_much_unread() const {
    int bytes = 0;
    return ioctl(sd_bus_get_fd(bus_), SIOCOUTQ, &bytes) == 0 && bytes > kMuch;
}

}  // namespace gamesched

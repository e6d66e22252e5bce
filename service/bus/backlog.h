// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Notices that the bus has ceased to read what we send. dbus-daemon does so when 127 MiB of one
// sender's messages (max_incoming_bytes) wait for receivers that do not read, and then that sender
// is silent for everybody until those receivers leave: one client is enough. A new connection is
// not concerned.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>

#include "service/base/loop.h"

struct sd_bus;

namespace gamesched {

class Backlog {
  public:
    // `bus` is the connection's own, in the loop. `on_stuck` is called when more than usual has
    // been unread for ten seconds, and then the bus did not answer a question for ten more.
    Backlog(Loop& loop, sdbus::IConnection& connection, sd_bus* bus,
            std::function<void()> on_stuck);

  private:
    void look();
    void ask();
    bool is_much_unread() const;

    Loop& loop_;
    sd_bus* bus_;
    std::function<void()> on_stuck_;
    std::unique_ptr<sdbus::IProxy> proxy_;  // of the bus
    bool asking_ = false;
    Source timer_;
    Source turns_;
};

}  // namespace gamesched

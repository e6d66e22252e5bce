// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Clients on the bus whose leaving matters. Each is watched by its own name: watching all names
// would wake us for every client of the bus.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace gamesched {

class Peers {
  public:
    // `left` is called with the name of a watched client that is not on the bus any more, maybe
    // more than once.
    Peers(sdbus::IConnection& connection, std::function<void(const std::string&)> left);

    // Also of a client that has left already.
    void watch(const std::string& name);
    // Not from within `left`, after which it is not watched any more anyway.
    void forget(const std::string& name);

  private:
    void ask(const std::string& name);
    void on_left(const std::string& name);

    sdbus::IConnection& connection_;
    std::function<void(const std::string&)> left_;
    std::unique_ptr<sdbus::IProxy> bus_;
    std::map<std::string, sdbus::Slot> watches_;
    std::set<std::string> spent_;  // watches whose client has left
};

}  // namespace gamesched

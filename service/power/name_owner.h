// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Who has a name on the bus, followed for as long as the object lives. Nobody is started by it.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gamesched {

class NameOwner {
  public:
    // `changed` is called for the first answer, too; it must not destroy this.
    NameOwner(sdbus::IConnection& connection, std::string name, std::function<void()> changed);

    // A unique name. Empty: nobody. Nothing: not known yet.
    const std::optional<std::string>& owner() const { return owner_; }

  private:
    void ask();
    void set(std::string owner);

    std::string name_;
    std::function<void()> changed_;
    std::optional<std::string> owner_;
    std::unique_ptr<sdbus::IProxy> bus_;
    sdbus::Slot match_;
};

}  // namespace gamesched

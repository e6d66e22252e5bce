// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A look at each message that the bus brings, before sd-bus and everybody else. sdbus-c++ has none.

#pragma once

#include <functional>
#include <memory>

struct sd_bus;
struct sd_bus_message;
struct sd_bus_slot;

namespace gamesched {

class Filter {
  public:
    // True if the message has been dealt with: nobody else sees it. Must not throw.
    using Look = std::function<bool(sd_bus_message*)>;

    // Throws std::system_error. The bus must outlive the filter.
    Filter(sd_bus* bus, Look look);

  private:
    struct SlotDeleter {
        void operator()(sd_bus_slot* slot) const;
    };

    // Order matters: the slot goes before what it points to.
    std::unique_ptr<Look> look_;
    std::unique_ptr<sd_bus_slot, SlotDeleter> slot_;
};

}  // namespace gamesched

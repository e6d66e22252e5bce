// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A bus on which a program of ours is called, whatever it is asked there: see machine_id.h.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>

#include "service/bus/filter.h"

struct sd_bus;

namespace gamesched {

class ServedBus {
  public:
    // Connects. Throw sdbus::Error if there is none.
    static ServedBus of_system();
    static ServedBus of_session();
    // What it has is in an order that assigning would not keep.
    ServedBus(ServedBus&&) = default;
    ServedBus& operator=(ServedBus&&) = delete;

    sdbus::IConnection& operator*() const { return *connection_; }
    sdbus::IConnection* operator->() const { return connection_.get(); }
    // For what sdbus-c++ does not offer.
    sd_bus* raw() const { return raw_; }

  private:
    explicit ServedBus(sd_bus* bus);

    sd_bus* raw_;  // owned by connection_
    std::unique_ptr<sdbus::IConnection> connection_;
    Filter machine_id_;
};

}  // namespace gamesched

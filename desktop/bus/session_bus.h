// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The session bus of a program that is called there, whatever it is asked: see
// service/bus/machine_id.h.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>

#include "service/bus/filter.h"

struct sd_bus;

namespace gamesched::desktop {

class SessionBus {
  public:
    // Throws sdbus::Error.
    SessionBus();

    sdbus::IConnection& operator*() const { return *connection_; }
    sdbus::IConnection* operator->() const { return connection_.get(); }
    // For what sdbus-c++ does not offer.
    sd_bus* raw() const { return raw_; }

  private:
    sd_bus* raw_;  // owned by connection_
    std::unique_ptr<sdbus::IConnection> connection_;
    Filter machine_id_;
};

}  // namespace gamesched::desktop

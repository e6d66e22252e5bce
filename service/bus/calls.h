// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The call that is being handled now: who sent it, and whether its sender's user may be asked for a
// password.

#pragma once

#include <systemd/sd-bus.h>

#include "service/bus/authority.h"

namespace gamesched {

class Calls {
  public:
    // `bus` is the connection's own; sdbus-c++ does not show the message flag.
    explicit Calls(sd_bus* bus) : bus_(bus) {}

    // Only within a method's handler.
    Caller caller() const {
        sd_bus_message* message = sd_bus_get_current_message(bus_);
        const char* sender = message ? sd_bus_message_get_sender(message) : nullptr;
        return {.name = sender ? sender : "",
                .interactive =
                    message && sd_bus_message_get_allow_interactive_authorization(message) > 0};
    }

  private:
    sd_bus* bus_;
};

}  // namespace gamesched

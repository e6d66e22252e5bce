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

    // How many entries the dictionary has that is the second argument. sdbus-c++ gives one of those
    // with the same key, but all of them stay in memory until the call is answered.
    size_t entries_of_options() const {
        sd_bus_message* message = sd_bus_get_current_message(bus_);
        size_t entries = 0;
        if (!message || sd_bus_message_rewind(message, true) < 0 ||
            sd_bus_message_skip(message, nullptr) < 0 ||
            sd_bus_message_enter_container(message, SD_BUS_TYPE_ARRAY, "{sv}") < 0)
            return entries;
        while (sd_bus_message_at_end(message, false) == 0 &&
               sd_bus_message_skip(message, "{sv}") >= 0)
            ++entries;
        return entries;
    }

  private:
    sd_bus* bus_;
};

}  // namespace gamesched

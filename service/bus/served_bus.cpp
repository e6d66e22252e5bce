// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/served_bus.h"

#include <systemd/sd-bus.h>

#include "service/bus/machine_id.h"

namespace gamesched {
namespace {

sd_bus* open_bus(int (*open)(sd_bus**), const char* doing) {
    sd_bus* bus = nullptr;
    if (const int error = open(&bus); error < 0)
        throw sdbus::createError(-error, doing);
    return bus;
}

}  // namespace

ServedBus::ServedBus(sd_bus* bus)
    : raw_(bus),
      connection_(sdbus::createBusConnection(bus)),
      machine_id_(bus, refuse_machine_id) {}

ServedBus ServedBus::of_system() {
    return ServedBus(open_bus(sd_bus_open_system, "Connecting to the system bus"));
}

ServedBus ServedBus::of_session() {
    return ServedBus(open_bus(sd_bus_open_user, "Connecting to the session bus"));
}

}  // namespace gamesched

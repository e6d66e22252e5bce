// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/bus/session_bus.h"

#include <systemd/sd-bus.h>

#include "service/bus/machine_id.h"

namespace gamesched::desktop {
namespace {

sd_bus* open_session_bus() {
    sd_bus* bus = nullptr;
    if (const int error = sd_bus_open_user(&bus); error < 0)
        throw sdbus::createError(-error, "Connecting to the session bus");
    return bus;
}

}  // namespace

SessionBus::SessionBus()
    : raw_(open_session_bus()),
      connection_(sdbus::createBusConnection(raw_)),
      machine_id_(raw_, refuse_machine_id) {}

}  // namespace gamesched::desktop

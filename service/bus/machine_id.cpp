// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/machine_id.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

namespace gamesched {

bool refuse_machine_id(sd_bus_message* message) {
    sd_id128_t id = {};
    if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Peer", "GetMachineId") <= 0 ||
        sd_id128_get_machine(&id) >= 0)
        return false;
    // Whether the caller has got it is its own business.
    sd_bus_reply_method_errorf(message, SD_BUS_ERROR_FILE_NOT_FOUND, "This machine has no ID");
    return true;
}

}  // namespace gamesched

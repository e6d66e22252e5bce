// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/machine_id.h"

#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include <system_error>

namespace gamesched {
namespace {

// Before sd-bus looks at the message.
int on_message(sd_bus_message* message, void*, sd_bus_error*) noexcept {
    sd_id128_t id = {};
    if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Peer", "GetMachineId") <= 0 ||
        sd_id128_get_machine(&id) >= 0)
        return 0;
    // Whether the caller has got it is its own business.
    sd_bus_reply_method_errorf(message, SD_BUS_ERROR_FILE_NOT_FOUND, "This machine has no ID");
    return 1;
}

}  // namespace

void MachineIdGuard::SlotDeleter::operator()(sd_bus_slot* slot) const {
    sd_bus_slot_unref(slot);
}

MachineIdGuard::MachineIdGuard(sd_bus* bus) {
    sd_bus_slot* slot = nullptr;
    if (const int error = sd_bus_add_filter(bus, &slot, on_message, nullptr); error < 0)
        throw std::system_error(-error, std::generic_category(), "Filtering messages of the bus");
    filter_.reset(slot);
}

}  // namespace gamesched

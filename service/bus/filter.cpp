// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/filter.h"

#include <systemd/sd-bus.h>

#include <system_error>
#include <utility>

namespace gamesched {

void Filter::SlotDeleter::operator()(sd_bus_slot* slot) const {
    sd_bus_slot_unref(slot);
}

Filter::Filter(sd_bus* bus, Look look) : look_(std::make_unique<Look>(std::move(look))) {
    constexpr int kDealtWith = 1, kGoesOn = 0;
    sd_bus_slot* slot = nullptr;
    const int added = sd_bus_add_filter(
        bus, &slot,
        [](sd_bus_message* message, void* function, sd_bus_error*) noexcept {
            return (*static_cast<Look*>(function))(message) ? kDealtWith : kGoesOn;
        },
        look_.get());
    if (added < 0)
        throw std::system_error(-added, std::generic_category(), "Filtering messages of the bus");
    slot_.reset(slot);
}

}  // namespace gamesched

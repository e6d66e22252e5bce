// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.freedesktop.DBus.Peer.GetMachineId on a machine that has no ID (/etc/machine-id). sd-bus
// answers this method itself, and where it cannot, it takes the connection for broken (systemd
// 257): anybody's call would end the service.

#pragma once

#include <memory>

struct sd_bus;
struct sd_bus_slot;

namespace gamesched {

class MachineIdGuard {
  public:
    explicit MachineIdGuard(sd_bus* bus);

  private:
    struct SlotDeleter {
        void operator()(sd_bus_slot* slot) const;
    };

    std::unique_ptr<sd_bus_slot, SlotDeleter> filter_;
};

}  // namespace gamesched

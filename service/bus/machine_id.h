// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.freedesktop.DBus.Peer.GetMachineId on a machine that has no ID (/etc/machine-id). sd-bus
// answers this method itself, and where it cannot, it takes the connection for broken (systemd
// 257): anybody's call would end the service.

#pragma once

struct sd_bus_message;

namespace gamesched {

// Answers such a call with an error, and says true. For a Filter: before sd-bus looks at it.
bool refuse_machine_id(sd_bus_message* message);

}  // namespace gamesched

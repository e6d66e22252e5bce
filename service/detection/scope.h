// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the names of control groups say about who started what is in them. Pure.

#pragma once

#include <string>
#include <vector>

namespace gamesched {

std::string last_component(const std::string& cgroup);

// IDs of desktop entries that a unit's name may stand for, the likeliest first. Scopes of desktops:
// app[-LAUNCHER]-ID-RANDOM.scope or app-ID@RANDOM.service, where dashes of ID are written \x2d; a
// Flatpak's: app-flatpak-ID-NUMBER.scope; a Snap's: snap.PACKAGE.PROGRAM-NUMBER.scope.
std::vector<std::string> entry_ids_of(const std::string& unit);

}  // namespace gamesched

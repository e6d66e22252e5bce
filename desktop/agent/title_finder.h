// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What a game is called, from the files of its user: Steam's and Lutris's libraries and the user's
// own desktop entries. All of that is data that may be anything: files are bounded, must be regular
// and need not make sense.

#pragma once

#include <string>

#include "desktop/agent/places.h"
#include "desktop/agent/played.h"
#include "service/detection/entries.h"

namespace gamesched::agent {

// The entry that is meant by this game; null if none is.
const DesktopEntry* find_entry(const DesktopEntries& entries, const Played& played);

// Empty if it is not known.
std::string find_title(const Places& places, const Played& played);

}  // namespace gamesched::agent

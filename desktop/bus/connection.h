// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A bus connection in the loop, and its loss as an event.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>

struct sd_event;

namespace gamesched::desktop {

// `on_lost` is called once, when the connection has been closed by the other side; it is out of the
// loop then, and calls on it throw.
void attach(sdbus::IConnection& connection, sd_event* loop, std::function<void()> on_lost);

}  // namespace gamesched::desktop

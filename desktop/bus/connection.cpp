// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/bus/connection.h"

#include <utility>

#include "dbus/names.h"

namespace gamesched::desktop {

void attach(sdbus::IConnection& connection, sd_event* loop, std::function<void()> on_lost) {
    connection.addMatch(names::kDisconnected,
                        [&connection, on_lost = std::move(on_lost)](const sdbus::Message&) {
                            // At once: a closed connection ends the loop before its next turn, with
                            // an exception through C code.
                            connection.detachSdEventLoop();
                            on_lost();
                        });
    connection.attachSdEventLoop(loop);
}

}  // namespace gamesched::desktop

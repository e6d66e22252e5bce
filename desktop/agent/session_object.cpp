// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/session_object.h"

#include <utility>

#include "dbus/names.h"
#include "service/base/process.h"
#include "service/bus/errors.h"

namespace gamesched::agent {
SessionObject::SessionObject(sdbus::IConnection& connection, Focus& focus)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kAgentPath)), focus_(focus) {
    registerAdaptor();
    connection.requestName(sdbus::ServiceName(names::kAgentName));
}

SessionObject::~SessionObject() {
    unregisterAdaptor();
}

void SessionObject::SetFocus(const int32_t& pid) {
    auto process = pid == 0 ? Result<Fd>() : open_pidfd(static_cast<uint32_t>(pid));
    if (!process)
        throw to_wire(process.error());
    focus_.say(std::move(*process));
}

}  // namespace gamesched::agent

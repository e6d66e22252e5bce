// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/session_object.h"

#include <utility>

#include "dbus/names.h"
#include "service/base/process.h"

namespace gamesched::agent {
namespace {

const char* name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kInvalidArgument:
            return names::kErrorInvalidArgument;
        case ErrorKind::kNoSuchProcess:
            return names::kErrorNoSuchProcess;
        default:
            return names::kErrorFailed;
    }
}

}  // namespace

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
        throw sdbus::Error(sdbus::Error::Name(name_of(process.error().kind)),
                           process.error().message);
    focus_.say(std::move(*process));
}

}  // namespace gamesched::agent

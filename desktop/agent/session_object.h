// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Agent on the session bus: what a compositor can tell.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include "dbus/agent-adaptor.h"
#include "desktop/agent/focus.h"

namespace gamesched::agent {

class SessionObject : public sdbus::AdaptorInterfaces<org::gamesched1::Agent_adaptor> {
  public:
    // Takes the name; throws sdbus::Error if it is taken.
    SessionObject(sdbus::IConnection& connection, Focus& focus);
    virtual ~SessionObject();

  private:
    void SetFocus(const int32_t& pid) override;

    Focus& focus_;
};

}  // namespace gamesched::agent

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The composition root: what this program does for its session.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>
#include <optional>

#include "desktop/agent/focus.h"
#include "desktop/agent/games.h"
#include "desktop/agent/session_object.h"
#include "desktop/agent/titles.h"
#include "desktop/agent/weights.h"
#include "service/base/loop.h"
#include "service/bus/served_bus.h"

namespace gamesched::agent {

class Agent {
  public:
    // Throws sdbus::Error if there is no system bus.
    explicit Agent(Loop& loop);

    // Until SIGTERM or SIGINT, or until a bus has gone. The exit status.
    int run();

  private:
    void on_found(const sdbus::ObjectPath& path, const Game& game);
    void on_gone(const sdbus::ObjectPath& path);
    pid_t owner_of_window(const std::string& app_id) const;
    // False if another agent serves this session already.
    bool serve_session();

    Loop& loop_;
    std::unique_ptr<sdbus::IConnection> system_;
    Titles titles_;
    Focus focus_;
    Games games_;
    std::optional<ServedBus> session_;
    std::optional<SessionObject> object_;
    std::optional<Weights> weights_;
};

}  // namespace gamesched::agent

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Tells gameschedd whose window has the focus, as long as that matters: while at least two games
// run. Otherwise it is not even connected to the X server, and nothing happens here at all.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "desktop/focus/active_window.h"
#include "service/base/loop.h"

namespace gamesched::focus {

class Follower {
  public:
    // Throws sdbus::Error if there is no system bus.
    explicit Follower(Loop& loop);
    // Nobody follows any more: all games are equal again.
    ~Follower();

  private:
    void ask_for_games();
    void on_games(size_t count);
    void on_events();
    void tell(pid_t process);
    void leave();

    Loop& loop_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IProxy> manager_;
    std::unique_ptr<sdbus::IProxy> bus_;
    std::optional<ActiveWindow> window_;
    Source events_;
};

}  // namespace gamesched::focus

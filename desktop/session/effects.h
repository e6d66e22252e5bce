// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What a session does while games are registered, after the configuration: for all of them together
// (screen saver, scripts) and for each (priorities of its threads).

#pragma once

#include <functional>
#include <utility>

#include <sys/types.h>

#include "desktop/session/config.h"
#include "desktop/session/screensaver.h"
#include "desktop/session/scripts.h"

namespace gamesched::session {

class Effects {
  public:
    Effects(Loop& loop, sdbus::IConnection& session_bus);

    // Between a leave() and the next enter().
    void set_config(Config config) { config_ = std::move(config); }
    const Config& config() const { return config_; }

    // `done` is called when the scripts have ended.
    void enter(std::function<void()> done);
    void leave(std::function<void()> done);

    void apply_to(pid_t game);
    void undo_for(pid_t game);

  private:
    Screensaver screensaver_;
    Scripts scripts_;
    Config config_;
    bool told_about_nice_ = false;
};

}  // namespace gamesched::session

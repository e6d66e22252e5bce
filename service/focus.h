// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which game the user looks at, as far as somebody says whose window has the focus. Asked again
// whenever games come or go: a window is there before its process is found to be a game.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <utility>

#include "service/base/fd.h"
#include "service/base/process.h"
#include "service/games/tracker.h"

namespace gamesched {

class Focus {
  public:
    explicit Focus(const Tracker& tracker) : tracker_(tracker) {}

    // `window`: pidfd of the process whose window has the focus; absent: nobody's. `user`: who says
    // so; it counts for that user's games only, and for all if root says it.
    void set(Fd window, uid_t user) {
        window_ = std::move(window);
        user_ = user;
    }

    // Null: nobody has said anything, or the window is no game's.
    const Game* game() const {
        if (!window_ || has_exited(window_.get()))
            return nullptr;
        const auto pid = pid_of_pidfd(window_.get());
        const Game* game = pid ? tracker_.find_by_process(*pid) : nullptr;
        return game && (user_ == 0 || game->user == user_) ? game : nullptr;
    }

  private:
    const Tracker& tracker_;
    Fd window_;
    uid_t user_ = 0;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which game the user looks at, as far as somebody says whose window has the focus. Asked again
// whenever games come or go: a window is there before its process is found to be a game.
//
// A user's word counts while all games are that user's: it must put nobody else's behind.

#pragma once

#include <sys/types.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "service/base/fd.h"
#include "service/base/loop.h"
#include "service/base/process.h"
#include "service/games/tracker.h"

namespace gamesched {

class Focus {
  public:
    // `ended` is called when the process of the window has gone.
    Focus(Loop& loop, const Tracker& tracker, std::function<void()> ended)
        : loop_(loop), tracker_(tracker), ended_(std::move(ended)) {}

    // `window`: pidfd of the process whose window has the focus; absent: nobody's. `user`: who says
    // so.
    void set(Fd window, uid_t user) {
        end_.reset();
        window_ = std::move(window);
        user_ = user;
        if (window_)
            end_ = loop_.on_readable(window_.get(), [this] {
                if (!has_exited(window_.get()))
                    return;
                end_.reset();
                ended_();
            });
    }

    // Null: nobody has said anything, or the window is no game's.
    const Game* game() const {
        if (!window_ || has_exited(window_.get()))
            return nullptr;
        const auto pid = pid_of_pidfd(window_.get());
        return pid && counts() ? tracker_.find_by_process(*pid) : nullptr;
    }

  private:
    bool counts() const {
        return user_ == 0 || std::ranges::all_of(tracker_.games(), [this](const Game* game) {
                   return game->user == user_;
               });
    }

    Loop& loop_;
    const Tracker& tracker_;
    std::function<void()> ended_;
    Fd window_;
    uid_t user_ = 0;
    Source end_;
};

}  // namespace gamesched

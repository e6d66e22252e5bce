// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/games.h"

#include <utility>

#include "service/base/process.h"

namespace gamesched::session {

Games::Games(Loop& loop, std::function<void(pid_t)> on_end)
    : loop_(loop), on_end_(std::move(on_end)) {}

const Game& Games::add(Game game) {
    const pid_t pid = game.pid;
    Watched& watched = games_[pid];
    watched.game = std::move(game);
    // A pidfd stays readable: once is enough. Some kernels make it readable for a moment when a
    // thread other than the first calls exec.
    watched.end = loop_.on_readable(watched.game.pidfd.get(), [this, pid] {
        Watched& ended = games_.at(pid);
        if (!has_exited(ended.game.pidfd.get()))
            return;
        ended.end.reset();
        on_end_(pid);
    });
    return watched.game;
}

void Games::remove(pid_t pid) {
    games_.erase(pid);
}

Game* Games::find(pid_t pid) {
    const auto found = games_.find(pid);
    return found == games_.end() ? nullptr : &found->second.game;
}

const Game* Games::find(pid_t pid) const {
    const auto found = games_.find(pid);
    return found == games_.end() ? nullptr : &found->second.game;
}

std::vector<pid_t> Games::pids() const {
    std::vector<pid_t> pids;
    for (const auto& [pid, watched] : games_)
        pids.push_back(pid);
    return pids;
}

}  // namespace gamesched::session

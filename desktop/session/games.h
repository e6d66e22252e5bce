// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The registered games of this session, each with the pidfd that tells its end.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include "service/base/fd.h"
#include "service/base/loop.h"

namespace gamesched::session {

struct Game {
    pid_t pid = 0;
    pid_t requester = 0;
    std::string executable;
    uint64_t registered_at = 0;  // seconds of Unix time
    Fd pidfd;
};

class Games {
  public:
    static constexpr size_t kMaxGames = 256;  // as gameschedd allows each user

    // `on_end` is called once for each game whose process has gone while it is registered; it is
    // still there then.
    Games(Loop& loop, std::function<void(pid_t)> on_end);

    // There is no game of this PID, and there is room.
    const Game& add(Game game);
    void remove(pid_t pid);

    Game* find(pid_t pid);
    const Game* find(pid_t pid) const;
    bool is_full() const { return games_.size() >= kMaxGames; }
    size_t count() const { return games_.size(); }
    std::vector<pid_t> pids() const;

  private:
    struct Watched {
        Game game;
        Source end;  // goes before the descriptor that it watches
    };

    Loop& loop_;
    std::function<void(pid_t)> on_end_;
    std::map<pid_t, Watched> games_;
};

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The user's own commands, run by a shell as the user, one after the other. The loop goes on
// meanwhile; a command that takes too long is killed with its process group.

#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "service/base/fd.h"
#include "service/base/loop.h"

namespace gamesched::session {

class Scripts {
  public:
    explicit Scripts(Loop& loop) : loop_(loop) {}

    // Calls `done` when the last one has ended, at once if there is none. One list at a time.
    void run(std::vector<std::string> commands, std::chrono::seconds limit,
             std::function<void()> done);

  private:
    void next();
    void start(const std::string& command);
    void on_end();
    void on_timeout();

    Loop& loop_;
    std::vector<std::string> commands_;  // the next one last
    std::chrono::seconds limit_{0};
    std::function<void()> done_;

    std::string command_;  // the running one
    pid_t pid_ = 0;
    Fd pidfd_;
    Source end_;
    Source timer_;
};

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The composition root: owns every long-lived object, in the order in which they depend on each
// other. Here for as long as there are games, and some seconds more.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <filesystem>
#include <vector>

#include "desktop/session/bridge.h"
#include "desktop/session/effects.h"
#include "desktop/session/game_object.h"
#include "desktop/session/gamemode_object.h"
#include "desktop/session/games.h"
#include "desktop/session/queue.h"
#include "desktop/session/system_service.h"
#include "service/base/loop.h"
#include "service/bus/served_bus.h"

namespace gamesched::session {

struct SessionOptions {
    std::vector<std::filesystem::path> config_directories;
    std::chrono::milliseconds idle_time{10'000};
};

class Session {
  public:
    explicit Session(SessionOptions options);
    ~Session();

    // Until there has been nothing to do for a while, or SIGTERM or SIGINT. The exit status.
    int run();

  private:
    bool is_idle() const;
    void on_queue_empty();
    void on_game_end(pid_t pid);
    void give_up_name();
    void on_name_given_up();
    void stop();

    SessionOptions options_;
    Loop loop_;
    ServedBus bus_;
    Queue queue_;
    Games games_;
    Effects effects_;
    SystemService system_service_;
    Bridge bridge_;
    GameModeObject object_;
    UnknownGames unknown_games_;
    Source idle_timer_;
    std::vector<Source> sources_;
    bool stopping_ = false;
};

}  // namespace gamesched::session

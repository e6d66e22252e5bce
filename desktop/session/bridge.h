// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What GameMode's requests mean: games come and go, the first and the last of them switch the
// effects, and gameschedd is told. Each request answers once, when its effect is visible; the owner
// sees to it that there is one at a time. Knows nothing of the session bus.

#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "desktop/session/effects.h"
#include "desktop/session/games.h"
#include "desktop/session/request.h"
#include "desktop/session/system_service.h"
#include "service/base/error.h"

namespace gamesched::session {

// What the world is told; a game that has been registered is there when it is told, one that has
// been unregistered is not.
struct Announcements {
    std::function<void(const Game&)> registered;
    std::function<void(pid_t)> unregistered;
    std::function<void(const Game&)> changed;  // its executable
};

class Bridge {
  public:
    using Answer = std::function<void(int code)>;

    Bridge(Games& games, Effects& effects, SystemService& system_service,
           std::vector<std::filesystem::path> config_directories);

    void set_announcements(Announcements announcements) { tell_ = std::move(announcements); }

    // `process`: of the game; its owner has made sure that it is that of parties.game.
    void register_game(Result<Fd> process, const Parties& parties, Answer answer);
    void unregister_game(const Parties& parties, Answer answer);
    int query(const Parties& parties) const;
    void restart(pid_t caller, Answer answer);
    void refresh_config(Answer answer);

    // The process of that game has gone, if it is still the same.
    void on_end(pid_t pid, std::function<void()> done);
    // Nothing is left of what was done.
    void leave_all(std::function<void()> done);

  private:
    void read_config();
    void begin_game(Fd process, const Parties& parties, std::string executable, Answer answer);
    void renew(Game& game, Answer answer);
    void take_back(pid_t pid, std::function<void()> done);
    void end_game(pid_t pid, std::function<void()> done);
    void apply_to_all();

    Games& games_;
    Effects& effects_;
    SystemService& system_service_;
    std::vector<std::filesystem::path> config_directories_;
    std::vector<std::string> remarks_;  // as the journal knows them
    Announcements tell_;
};

}  // namespace gamesched::session

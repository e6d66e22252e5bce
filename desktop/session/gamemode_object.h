// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// com.feralinteractive.GameMode: decodes requests, puts them in the queue, sends signals.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "dbus/gamemode-adaptor.h"
#include "desktop/session/bridge.h"
#include "desktop/session/game_object.h"
#include "desktop/session/queue.h"
#include "desktop/session/reply.h"

namespace gamesched::session {

class GameModeObject : public sdbus::AdaptorInterfaces<com::feralinteractive::GameMode_adaptor> {
  public:
    GameModeObject(sdbus::IConnection& connection, Queue& queue, Bridge& bridge,
                   const Games& games);
    virtual ~GameModeObject();

  private:
    using Code = sdbus::Result<int32_t>;
    using Answer = Bridge::Answer;
    using GameList = std::vector<sdbus::Struct<int32_t, sdbus::ObjectPath>>;

    struct Processes {
        Parties parties;
        Result<Fd> game;
    };
    using Act = void (GameModeObject::*)(Processes, Answer);

    void RegisterGame(Code&& result, int32_t pid) override;
    void UnregisterGame(Code&& result, int32_t pid) override;
    void QueryStatus(Code&& result, int32_t pid) override;
    void RegisterGameByPID(Code&& result, int32_t game, int32_t requester) override;
    void UnregisterGameByPID(Code&& result, int32_t game, int32_t requester) override;
    void QueryStatusByPID(Code&& result, int32_t game, int32_t requester) override;
    void RegisterGameByPIDFd(Code&& result, sdbus::UnixFd game, sdbus::UnixFd requester) override;
    void UnregisterGameByPIDFd(Code&& result, sdbus::UnixFd game, sdbus::UnixFd requester) override;
    void QueryStatusByPIDFd(Code&& result, sdbus::UnixFd game, sdbus::UnixFd requester) override;
    void RestartGamemode(Code&& result, int32_t caller) override;
    void RefreshConfig(Code&& result) override;
    void ListGames(sdbus::Result<GameList>&& result) override;
    int32_t ClientCount() override;

    void enqueue(Code&& result, std::function<void(Answer)> request);
    void for_itself(Code&& result, int32_t pid, Act act);
    void for_pids(Code&& result, int32_t first, int32_t second, Act act);
    void for_pidfds(Code&& result, sdbus::UnixFd game, sdbus::UnixFd requester, Act act);
    void find_pid_of(const std::string& sender, std::function<void(pid_t)> found);
    void do_register(Processes processes, Answer answer);
    void do_unregister(Processes processes, Answer answer);
    void do_query(Processes processes, Answer answer);

    void on_registered(const Game& game);
    void on_unregistered(pid_t pid);
    void on_changed(const Game& game);
    void announce_count();

    Presence presence_ = std::make_shared<bool>(true);
    Queue& queue_;
    Bridge& bridge_;
    const Games& games_;
    std::unique_ptr<sdbus::IProxy> bus_daemon_;
    std::map<pid_t, std::unique_ptr<GameObject>> objects_;
};

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Game: one running game on the bus.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>

#include "dbus/game-adaptor.h"
#include "service/bus/authority.h"
#include "service/bus/calls.h"
#include "service/bus/judgement.h"
#include "service/games/tracker.h"
#include "service/stats/measurements.h"

namespace gamesched {

sdbus::ObjectPath path_of_game(uint64_t id);

class GameObject
    : public sdbus::AdaptorInterfaces<org::gamesched1::Game_adaptor, sdbus::ManagedObject_adaptor> {
  public:
    using Stats = std::function<Result<Measurements>()>;

    // A copy of what is shown, so that the object outlives the game while its end is signalled.
    GameObject(sdbus::IConnection& connection, Calls& calls, Authority& authority, Tracker& tracker,
               const Game& game, Stats stats);
    virtual ~GameObject();

    void announce();
    void retract();
    void update(const Game& game);

  private:
    std::map<std::string, sdbus::Variant> GetStats() override;
    void SetTitle(sdbus::Result<>&& result, std::string title) override;

    uint32_t Pid() override { return pid_; }
    uint32_t MainPid() override { return main_pid_; }
    EvidenceOnBus Evidence() override { return evidence_; }
    std::string Name() override { return name_; }
    std::string NameSource() override { return name_source_; }
    std::string AppId() override { return app_id_; }
    std::string Executable() override { return executable_; }
    uint32_t User() override { return user_; }
    std::string Source() override { return source_; }
    std::string Profile() override { return profile_; }
    std::string Scope() override { return scope_; }
    uint64_t StartedUSec() override { return started_; }

    EvidenceOnBus evidence_now() const;

    Calls& calls_;
    Authority& authority_;
    Tracker& tracker_;
    uint64_t id_;
    uint32_t pid_;
    uint32_t main_pid_;
    EvidenceOnBus evidence_;
    std::string name_;
    std::string name_source_;
    std::string app_id_;
    std::string executable_;
    uint32_t user_;
    std::string source_;
    std::string profile_;
    std::string scope_;
    uint64_t started_;
    Stats stats_;
};

}  // namespace gamesched

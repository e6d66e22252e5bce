// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// com.feralinteractive.GameMode.Game: one registered game on the bus, and what is said about those
// that are not there.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "dbus/gamemode-game-adaptor.h"
#include "desktop/session/games.h"

struct sd_bus;
struct sd_bus_slot;

namespace gamesched::session {

sdbus::ObjectPath path_of_game(pid_t pid);

// The PID in the path of a game's object; nothing if it is none. Pure.
std::optional<pid_t> pid_of_path(std::string_view path);

class GameObject : public sdbus::AdaptorInterfaces<com::feralinteractive::GameMode::Game_adaptor> {
  public:
    GameObject(sdbus::IConnection& connection, const Game& game);
    virtual ~GameObject();

    void update(const Game& game);

  private:
    int32_t ProcessId() override { return pid_; }
    std::string Executable() override { return executable_; }
    int32_t Requester() override { return requester_; }
    uint64_t Timestamp() override { return registered_at_; }

    pid_t pid_;
    pid_t requester_;
    std::string executable_;
    uint64_t registered_at_;
};

// Answers calls to games that are not registered with GameMode's own sentence.
class UnknownGames {
  public:
    explicit UnknownGames(sd_bus* bus);

  private:
    struct SlotDeleter {
        void operator()(sd_bus_slot* slot) const;
    };
    std::unique_ptr<sd_bus_slot, SlotDeleter> slot_;
};

}  // namespace gamesched::session

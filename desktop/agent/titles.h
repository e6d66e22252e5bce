// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Tells gameschedd what the games of this user are called, as far as the user's own files know it
// and nobody has named them better. Reads nothing while no game starts.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <map>
#include <memory>
#include <string>

#include "desktop/agent/games.h"
#include "desktop/agent/places.h"

namespace gamesched::agent {

class Titles {
  public:
    // `connection`: to the system bus.
    Titles(sdbus::IConnection& connection, Places places);

    void on_found(const sdbus::ObjectPath& path, const Game& game);
    void on_gone(const sdbus::ObjectPath& path) { told_.erase(path); }

  private:
    struct Told {
        std::string title;
        std::unique_ptr<sdbus::IProxy> game;
    };

    sdbus::IConnection& connection_;
    Places places_;
    uid_t user_;
    std::map<sdbus::ObjectPath, Told> told_;
};

}  // namespace gamesched::agent

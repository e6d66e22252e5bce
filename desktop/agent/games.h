// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The running games, as gameschedd tells of them: known from the moment when it or we start, by
// signals afterwards. The service is not started just to be asked.

#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gamesched::agent {

struct Game {
    pid_t pid = 0;
    pid_t main_pid = 0;
    uid_t user = 0;
    std::string name;
    std::string name_source;
    std::string app_id;
    std::string executable;
};

class Games {
  public:
    // The service has as many; signals that are none of its own must not fill our memory.
    static constexpr size_t kMaxGames = 1024;

    struct Observer {
        // A game that is new here, or whose program or AppId has turned out to be another one.
        std::function<void(const sdbus::ObjectPath&, const Game&)> found;
        std::function<void(const sdbus::ObjectPath&)> gone;
        std::function<void(size_t count)> changed;  // after any of these
    };

    // The connection is in a loop and outlives this.
    Games(sdbus::IConnection& connection, Observer observer);

    const std::map<sdbus::ObjectPath, Game>& all() const { return games_; }

  private:
    using Properties = std::map<std::string, sdbus::Variant>;
    using Interfaces = std::map<std::string, Properties>;

    void ask();
    void forget();
    void on_added(const sdbus::ObjectPath& path, const Interfaces& interfaces);
    void on_removed(const sdbus::ObjectPath& path);
    void on_changed(const sdbus::ObjectPath& path, const Properties& changed);

    Observer observer_;
    std::map<sdbus::ObjectPath, Game> games_;
    std::unique_ptr<sdbus::IProxy> service_;
    std::unique_ptr<sdbus::IProxy> bus_;
};

}  // namespace gamesched::agent

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The cpu.weight of applications that games run in, where the service's configuration wants one
// (ScopeWeight of org.gamesched1.Manager): asked of the user's own systemd, recorded before that,
// and put back when the last game of the application has gone.

#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "desktop/agent/games.h"
#include "desktop/agent/weight_record.h"

namespace gamesched::agent {

class Weights {
  public:
    // Puts back what a previous life has left. `directory`: see WeightRecord.
    Weights(sdbus::IConnection& system, sdbus::IConnection& session,
            const std::filesystem::path& directory);
    // Puts back everything.
    ~Weights();
    Weights(const Weights&) = delete;
    Weights& operator=(const Weights&) = delete;

    void on_found(const sdbus::ObjectPath& path, const Game& game);
    void on_gone(const sdbus::ObjectPath& path);

  private:
    // A scope or service of the user's systemd.
    struct Unit {
        std::set<sdbus::ObjectPath> games;
        bool is_asked = false;  // systemd has not answered yet
        bool is_stuck = false;  // systemd does not do what it was asked for
        std::unique_ptr<sdbus::IProxy> proxy;
    };
    using Answer = std::function<void(std::optional<uint64_t> weight)>;

    uint64_t wanted(const Unit& unit) const;
    void ask_wish();
    void advance_all();
    void advance(std::string name);
    void raise(const std::string& name);
    void put_back(const std::string& name, const WeightChange& change);
    void get_stuck(const std::string& name);
    void ask(const std::string& name, Answer answer);
    void set(const std::string& name, uint64_t weight, std::function<void(bool done)> answer);

    sdbus::IConnection& session_;
    std::unique_ptr<sdbus::IProxy> service_;
    std::unique_ptr<sdbus::IProxy> systemd_;
    WeightRecord record_;
    uint64_t wish_ = 0;  // 0: to be left alone
    std::map<std::string, Unit> units_;
    std::unique_ptr<sdbus::IProxy> spent_;  // of the unit that went last: its answer may be at work
};

}  // namespace gamesched::agent

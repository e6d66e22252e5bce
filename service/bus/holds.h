// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Clients' wishes for gaming mode, each bound to the bus name that made it.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <vector>

#include "service/base/error.h"
#include "service/bus/peers.h"
#include "service/games/store.h"

namespace gamesched {

class Holds {
  public:
    static constexpr size_t kMaxHolds = 512;
    static constexpr size_t kMaxHoldsOfUser = 64;
    static constexpr size_t kMaxTextBytes = 256;

    // `changed` is called after every change.
    Holds(sdbus::IConnection& connection, std::function<void()> changed);

    // Whether these texts may be a hold's.
    static Result<void> check(const std::string& app_id, const std::string& reason);
    Result<uint32_t> add(const std::string& owner, uid_t user, const std::string& app_id,
                         const std::string& reason);
    // kNoSuchHold unless `owner` made it.
    Result<void> release(const std::string& owner, uint32_t cookie);
    // Ends all and returns them.
    std::vector<SavedHold> cancel();
    // Of a previous life; owners that have left the bus meanwhile lose theirs.
    void restore(std::vector<SavedHold> holds);

    const std::vector<SavedHold>& all() const { return holds_; }

  private:
    bool has_holds(const std::string& owner) const;
    void drop_owner(const std::string& owner);

    std::function<void()> changed_;
    Peers owners_;
    std::vector<SavedHold> holds_;  // oldest first
};

}  // namespace gamesched

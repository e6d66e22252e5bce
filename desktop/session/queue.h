// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Requests one after the other, in the order of their arrival: GameMode's own tests ask for the
// state right behind a registration and expect to see it. A request may take its time (scripts, the
// system service) without blocking the loop; its turn lasts until the last copy of its Turn is
// dropped.

#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "service/base/loop.h"

namespace gamesched::session {

using Turn = std::shared_ptr<void>;

class Queue {
  public:
    using Job = std::function<void(Turn)>;

    static constexpr size_t kMaxWaiting = 512;

    // `on_empty` is called when the last turn has ended.
    Queue(Loop& loop, std::function<void()> on_empty);
    ~Queue();

    // False, and the job is dropped, if too many wait already.
    bool add(Job job);

    bool is_empty() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace gamesched::session

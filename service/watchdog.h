// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// systemd's watchdog over this service, armed only while the scheduler is attached: then somebody
// should notice if we stand still, and otherwise nothing of ours wakes up. What systemd does about
// it is the unit's (Restart=, TimeoutAbortSec=).

#pragma once

#include <chrono>

#include "service/base/loop.h"

namespace gamesched {

class Watchdog {
  public:
    // systemd acts when it has not heard of us for so long (WATCHDOG_USEC= in sd_notify(3)); we say
    // so twice as often.
    static constexpr std::chrono::microseconds kPatience = std::chrono::seconds(30);

    explicit Watchdog(Loop& loop) : loop_(loop) {}

    void set_armed(bool armed);

  private:
    void ping();

    Loop& loop_;
    bool armed_ = false;
    Source timer_;
};

}  // namespace gamesched

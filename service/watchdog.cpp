// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/watchdog.h"

#include <systemd/sd-daemon.h>

namespace gamesched {

void Watchdog::set_armed(bool armed) {
    if (armed == armed_)
        return;
    armed_ = armed;
    timer_.reset();
    sd_notifyf(0, "WATCHDOG_USEC=%lld", static_cast<long long>(armed ? kPatience.count() : 0));
    if (armed)
        ping();
}

void Watchdog::ping() {
    sd_notify(0, "WATCHDOG=1");
    timer_ = loop_.after(kPatience / 2, [this] { ping(); });
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// How an instance of the scheduler ended, as the kernel recorded it. Pure.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "bpf/intf.h"

namespace gamesched {

struct ExitRecord {
    uint64_t instance = 0;
    int kind = 0;  // enum scx_exit_kind
    int64_t code = 0;
    std::string reason;
    std::string message;
    // How long a thread had waited in vain, where the scheduler noticed it itself; otherwise 0.
    std::chrono::microseconds stalled{};
};

// The texts are for display.
ExitRecord exit_record_of(const gs_ev_sched_exit& event);

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/exit_record.h"

#include "service/base/process.h"
#include "service/base/record.h"

namespace gamesched {

// The message quotes names of processes.
ExitRecord exit_record_of(const gs_ev_sched_exit& event) {
    return {.instance = event.instance,
            .kind = event.kind,
            .code = event.code,
            .reason = printable(text_of(event.reason), GS_EXIT_REASON_LEN),
            .message = printable(text_of(event.msg), GS_EXIT_MSG_LEN),
            .stalled = std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::nanoseconds(event.stalled_ns))};
}

}  // namespace gamesched

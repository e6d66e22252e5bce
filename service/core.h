// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the bus objects work with. The core does not know that D-Bus exists, except for holds, whose
// life is a bus name's.

#pragma once

#include <functional>
#include <map>
#include <string>

#include "service/base/error.h"
#include "service/bus/holds.h"
#include "service/detection/detector.h"
#include "service/focus.h"
#include "service/games/lifecycle.h"
#include "service/games/tracker.h"
#include "service/mode.h"
#include "service/scheduler/host.h"
#include "service/scheduler/profiles.h"

namespace gamesched {

struct Core {
    Tracker& tracker;
    const Detector& detector;
    SchedulerHost& host;
    SchedulerBackend& backend;
    Holds& holds;
    Lifecycle* lifecycle;  // null where the kernel does not let it load
    std::function<Features()> features;
    const Profiles& profiles;
    std::function<Mode()> mode;
    std::function<bool()> active;
    // Cancels all holds and returns them.
    std::function<std::vector<SavedHold>(Mode)> set_mode;
    std::function<std::string()> profile;  // in force
    // Empty: the configuration's. kNoSuchProfile.
    std::function<Result<void>(const std::string&)> set_profile;
    std::function<std::map<std::string, std::string>()> power;  // by item: how it is
    std::function<uint64_t()> scope_weight;                     // 0: to be left alone
    std::function<Result<void>()> reload;
    const Focus& focus;
    std::function<void(Fd window, uid_t user)> set_focus;
};

}  // namespace gamesched

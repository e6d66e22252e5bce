// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// [power] of the configuration. Each item is a value, or kKeep.

#pragma once

#include <cstdint>
#include <string>

namespace gamesched {

struct PowerConfig {
    static constexpr char kKeep[] = "keep";
    static constexpr uint64_t kMaxScopeWeight = 10'000;  // systemd.resource-control(5)

    std::string power_profile = "performance";
    std::string governor = "performance";
    std::string energy_performance_preference = "performance";
    std::string platform_profile = "performance";
    std::string split_lock_mitigate = kKeep;
    uint64_t scope_weight = 0;               // cpu.weight, 1 to kMaxScopeWeight; 0: kKeep
    std::string profile_on_battery = kKeep;  // of ours; stands for Config::profile
    std::string profile_on_battery_place;    // FILE:LINE where it was set, for messages
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The scheduler's tunables: names, units, ranges and defaults in one table. The bus and the
// configuration speak microseconds, the kernel nanoseconds; switches are 0 or 1.

#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string_view>

#include "bpf/intf.h"
#include "service/base/error.h"

namespace gamesched {

struct Tunable {
    std::string_view name;
    bool is_switch;
    uint64_t low;  // microseconds, or 0
    uint64_t high;
    uint64_t standard;
    gs_u64 gs_tunables::* field;
};

std::span<const Tunable> all_tunables();
const Tunable* find_tunable(std::string_view name);

gs_tunables default_tunables();

uint64_t get_tunable(const gs_tunables& tunables, const Tunable& tunable);

// Values of some of the tunables, as the bus and the configuration speak. A name's storage is the
// table's.
using TunableValues = std::map<std::string_view, uint64_t>;

// kNoSuchTunable, kOutOfRange. What is set changes only on success.
Result<void> set_tunable(gs_tunables& tunables, std::string_view name, uint64_t value);
Result<void> set_tunable(TunableValues& values, std::string_view name, uint64_t value);

gs_tunables with_values(gs_tunables tunables, const TunableValues& values);

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the kernel writes below /proc/PID, as text: values out. Names and arguments in it are their
// process's choice and may hold anything. Pure.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched {

// Field `number` of stat (as in proc(5), from 3 on). The name in field 2 may hold anything, even
// ")".
std::optional<uint64_t> stat_field(std::string_view stat, int number);

// The first number of a line of status.
std::optional<uint64_t> status_field(std::string_view status, std::string_view label);

// The path in version 2's line of cgroup; empty if there is none.
std::string unified_cgroup(std::string_view cgroup);

// As arguments are laid out in cmdline, and variables in environ.
std::vector<std::string> split_arguments(std::string_view raw);

// Those of `names` that are in environ.
std::map<std::string, std::string> variables_in(std::string_view environ,
                                                std::span<const char* const> names);

}  // namespace gamesched

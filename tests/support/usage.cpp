// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/usage.h"

#include <gtest/gtest.h>

#include <ctime>
#include <format>
#include <fstream>
#include <string>

namespace gamesched::test {

double cpu_seconds(pid_t process) {
    clockid_t clock = {};
    timespec used = {};
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0)
        ADD_FAILURE() << "process " << process << " has gone";
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

uint64_t resident_kib(pid_t process) {
    std::ifstream maps(std::format("/proc/{}/smaps_rollup", process));
    for (std::string line; std::getline(maps, line);)
        if (line.starts_with("Rss:"))
            return std::stoull(line.substr(4));
    ADD_FAILURE() << "process " << process << " has gone";
    return 0;
}

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What a process uses.

#pragma once

#include <sys/types.h>

#include <cstdint>

namespace gamesched::test {

// CPU time of all threads of a process together.
double cpu_seconds(pid_t process);

// Memory that is in RAM, shared pages included.
uint64_t resident_kib(pid_t process);

}  // namespace gamesched::test

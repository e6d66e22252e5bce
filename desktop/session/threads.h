// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Priorities of all threads of a process: I/O and nice. What a thread has by somebody else's will
// is left alone: another I/O class, another nice value. Threads that come later inherit.

#pragma once

#include <optional>

#include <sys/types.h>

namespace gamesched::session {

inline constexpr int kDefaultIoLevel = 4;  // of the best-effort class

// Best-effort `level` for those that have no class or this one.
void set_io_level(pid_t process, int level);
// Best-effort 4 for those that have `level`.
void reset_io_level(pid_t process, int level);

// nice -`nice` for those that have 0. False if the user may not.
bool set_nice(pid_t process, int nice);
// 0 for those that have -`nice`.
void reset_nice(pid_t process, int nice);

// What an I/O priority of the kernel becomes, nothing where it stays. Pure.
std::optional<int> raised_ioprio(int present, int level);
std::optional<int> reset_ioprio(int present, int level);

}  // namespace gamesched::session

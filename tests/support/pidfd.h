// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A process as a descriptor.

#pragma once

#include <sdbus-c++/sdbus-c++.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <concepts>

namespace gamesched::test {

// None if there is no such process.
inline sdbus::UnixFd pidfd_of(std::integral auto pid) {
    return sdbus::UnixFd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)),
                         sdbus::adopt_fd);
}

}  // namespace gamesched::test

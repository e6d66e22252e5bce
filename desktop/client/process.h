// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Processes: executing a program, waiting for a child, pidfds.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gamesched::client {

// Owns a file descriptor.
class Fd {
  public:
    explicit Fd(int fd = -1) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept;
    Fd& operator=(Fd&& other) noexcept;
    ~Fd();

    int get() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ >= 0; }

  private:
    int fd_;
};

// A pidfd of the process; if it is not open, errno says why.
Fd open_pidfd(pid_t pid) noexcept;

// The threads that a number stands for: those of the process if it is a PID, otherwise the thread
// alone; in the order of their numbers. Empty if /proc shows neither.
std::vector<std::uint32_t> threads_of(std::uint32_t id);

// Replaces this process by the program, searched in PATH. Returns only if that failed, with the
// exit code for it: 126 or 127; the reason has been said on stderr.
int execute(const std::vector<std::string>& argv) noexcept;

// Waits for the child and returns its exit status as shells do: 128+N if signal N ended it.
int wait_for(pid_t child) noexcept;

// The last part of a path.
std::string base_name(const std::string& path);

}  // namespace gamesched::client

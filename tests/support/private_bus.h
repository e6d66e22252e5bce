// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Processes of a test, and a message bus of its own among them.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace gamesched::test {

// A child that ends with the object.
class Process {
  public:
    explicit Process(std::vector<std::string> command);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    uint32_t pid() const { return static_cast<uint32_t>(pid_); }
    void end(int signal);
    // Its exit status if it has ended by itself, as a shell says it.
    std::optional<int> status();

  private:
    pid_t pid_;
};

// A bus on which everybody may do everything; `variable` of the environment tells its address. It
// starts what has a service file in SOCKET.services.
class PrivateBus {
  public:
    PrivateBus(const std::filesystem::path& socket, const char* variable);

    uint32_t pid() const { return daemon_.pid(); }

  private:
    std::filesystem::path config_;
    Process daemon_;
};

}  // namespace gamesched::test

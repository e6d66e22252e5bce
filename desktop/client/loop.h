// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The event loop of the commands that wait: signals, file descriptors and the bus, nothing
// periodic.

#pragma once

#include "desktop/client/problem.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <vector>

#include <signal.h>

struct sd_event;
struct signalfd_siginfo;

namespace sdbus {
class IConnection;
}

namespace gamesched::client {

class Service;

// Blocks signals for the lifetime of the object, so that an event loop can take them.
class BlockedSignals {
  public:
    explicit BlockedSignals(std::initializer_list<int> signals) noexcept;
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;
    ~BlockedSignals() { restore(); }

    // What was in force before; also for a child that is about to execute a program.
    void restore() const noexcept;

  private:
    sigset_t before_;
};

class Loop {
  public:
    using SignalHandler = std::function<void(const signalfd_siginfo& signal)>;
    using ReadyHandler = std::function<void()>;

    static Result<std::unique_ptr<Loop>> create();
    // One that SIGINT and SIGTERM, which have to be blocked, and a reader of stdout that has gone
    // end.
    static Result<std::unique_ptr<Loop>> create_interruptible();

    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;
    ~Loop();

    // The signal has to be blocked.
    Result<void> on_signal(int signal, SignalHandler handler);

    // `events` as of epoll; errors and hang-ups are always reported.
    Result<void> on_ready(int fd, std::uint32_t events, ReadyHandler handler);

    // Handles the bus in this loop. `on_lost` is called once if the connection ends.
    Result<void> attach(Service& service, ReadyHandler on_lost);

    // Until leave(). Returns its exit code.
    int run() noexcept;
    void leave(int exit_code) noexcept;

  private:
    struct Source;
    Loop();

    sd_event* event_ = nullptr;
    std::vector<std::unique_ptr<Source>> sources_;
    sdbus::IConnection* attached_ = nullptr;
};

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A client that listens on a connection and a thread of its own, and remembers what arrived and
// when.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dbus/manager-proxy.h"
#include "dbus/names.h"
#include "dbus/scheduler-proxy.h"

namespace gamesched::test {

struct Started {
    std::string path;
    uint32_t pid;
    std::string name, app_id, source;
};

struct Exited {
    std::string path;
    uint32_t pid;
    std::map<std::string, sdbus::Variant> summary;
    std::string cause;
    uint64_t ended_usec;    // CLOCK_MONOTONIC, the kernel's
    uint64_t arrived_usec;  // CLOCK_MONOTONIC, ours
};

struct Tripped {
    std::string kind, reason;
    uint64_t stalled_usec;
    std::string action;
    uint64_t arrived_usec;  // CLOCK_MONOTONIC, ours
};

class Listener : public sdbus::ProxyInterfaces<org::gamesched1::Manager_proxy,
                                               org::gamesched1::Scheduler_proxy> {
  public:
    Listener();
    virtual ~Listener();

    // Every game, whoever has registered or found it.
    void unregister_all_games();

    std::vector<Started> started() const;
    std::vector<Exited> exited() const;
    std::vector<uint32_t> released() const;
    std::vector<Tripped> trips() const;
    size_t starts_of(uint32_t pid) const;
    size_t exits_of(uint32_t pid) const;

  private:
    void onGameStarted(const sdbus::ObjectPath& game, const uint32_t& pid, const std::string& name,
                       const std::string& app_id, const std::string& source) override;
    void onGameExited(const sdbus::ObjectPath& game, const uint32_t& pid, const std::string& name,
                      const std::map<std::string, sdbus::Variant>& summary) override;
    void onHoldReleased(const uint32_t& cookie) override;
    void onWatchdogTripped(const std::string& kind, const std::string& reason,
                           const uint64_t& stalled_usec, const std::string& action) override;

    mutable std::mutex mutex_;
    std::vector<Started> started_;
    std::vector<Exited> exited_;
    std::vector<uint32_t> released_;
    std::vector<Tripped> trips_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The service as this client sees it: one connection to the system bus and a call for each of its
// members. The only place that makes calls; sdbus-c++'s exceptions end here and become Problems.

#pragma once

#include "desktop/client/problem.h"
#include "desktop/client/snapshot.h"

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gamesched::client {

class Service {
  public:
    // Whether polkit may ask the user for a password during a call.
    enum class Prompt { kNever, kAllowed };

    // How long a call may take while people type a password.
    static constexpr std::chrono::seconds kChangeTimeout{120};

    static Result<Service> connect(std::chrono::seconds timeout, Prompt prompt);
    // For who only reads.
    static Result<Service> connect_to_read();

    Service(Service&&) noexcept;
    Service& operator=(Service&&) noexcept;
    ~Service();

    Result<std::string> register_game(int pidfd, const Options& options);
    Result<void> unregister_game(std::uint32_t pid);
    Result<std::uint32_t> hold(const std::string& app_id, const std::string& reason);
    Result<void> release(std::uint32_t cookie);
    Result<std::string> mode();
    Result<void> set_mode(const std::string& mode);
    Result<void> set_profile(const std::string& name);
    Result<void> reload();

    Result<Options> tunables();
    Result<void> set_tunable(const std::string& name, const sdbus::Variant& value);
    Result<void> restart_scheduler();
    // Nothing if there is no such thread.
    Result<std::optional<Options>> explain(std::uint32_t tid);

    Result<Options> why(std::uint32_t pid);
    Result<Options> stats();
    // `id`: the last part of the game's path.
    Result<Options> game_stats(const std::string& id);
    // Games that have ended, the newest first.
    Result<std::vector<Options>> history(std::uint32_t limit);
    Result<void> subscribe(std::uint32_t interval_msec);
    Result<void> unsubscribe();

    Result<Properties> manager_properties();
    Result<Properties> scheduler_properties();
    Result<Objects> objects();

    // Calls back when the service has cancelled the hold of that cookie. Needs attach().
    Result<void> on_hold_released(std::function<void(std::uint32_t cookie)> handler);

    // Calls back with what a subscriber is told. Needs attach().
    Result<void> on_updated(std::function<void(const Options& stats)> handler);

    // Calls back when a property of the service or of one of its games has another value, which is
    // also so when a game comes or goes. Needs attach().
    Result<void> on_changed(std::function<void()> handler);

    // Calls back when the scheduler was removed, with the arguments of WatchdogTripped. Needs
    // attach().
    using TripHandler = std::function<void(const std::string& kind, const std::string& reason,
                                           std::uint64_t stalled_usec, const std::string& action)>;
    Result<void> on_tripped(TripHandler handler);

    // Calls back with true when somebody takes the service's name on the bus, with false when
    // nobody has it any more. Needs attach().
    Result<void> on_presence_changed(std::function<void(bool present)> handler);

    // Whether the service is on the bus; does not start it.
    Result<bool> is_present();

    sdbus::IConnection& connection();

  private:
    // Long enough to start the service.
    static constexpr std::chrono::seconds kReadTimeout{25};

    struct Proxies;
    explicit Service(std::unique_ptr<Proxies> proxies);

    std::unique_ptr<Proxies> proxies_;
};

}  // namespace gamesched::client

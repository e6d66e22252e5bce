// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/follow.h"

#include "desktop/client/event.h"
#include "desktop/client/loop.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include "dbus/manager-proxy.h"
#include "dbus/names.h"
#include "dbus/scheduler-proxy.h"

#include <chrono>
#include <format>
#include <optional>

#include <signal.h>

namespace gamesched::client {
namespace {

Usec monotonic_now() {
    return duration_cast<Usec>(std::chrono::steady_clock::now().time_since_epoch());
}

class Printer {
  public:
    explicit Printer(bool json) : json_(json) {}

    void print(const Event& event) const {
        const WallTime now = wall_now();
        say(json_ ? event_json(event, now) : event_line(event, now));
    }

    void print(const std::vector<Event>& events) const {
        for (const Event& event : events)
            print(event);
    }

  private:
    bool json_;
};

// Prints each signal of the service's main object. sdbus-c++ drops signals that do not match the
// contract.
class Listener final
    : public sdbus::ProxyInterfaces<org::gamesched1::Manager_proxy,
                                    org::gamesched1::Scheduler_proxy, sdbus::Properties_proxy> {
  public:
    Listener(sdbus::IConnection& connection, const Printer& printer)
        : ProxyInterfaces(connection, sdbus::ServiceName{names::kBusName},
                          sdbus::ObjectPath{names::kManagerPath}),
          printer_(printer) {
        registerProxy();
    }

    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() { unregisterProxy(); }

  private:
    void onGameStarted(const sdbus::ObjectPath& game, const std::uint32_t& pid,
                       const std::string& name, const std::string& app_id,
                       const std::string& source) override {
        printer_.print(game_started(game, pid, name, app_id, source));
    }

    void onGameExited(const sdbus::ObjectPath& game, const std::uint32_t& pid,
                      const std::string& name, const Options& summary) override {
        printer_.print(game_exited(game, pid, name, summary, monotonic_now()));
    }

    void onHoldReleased(const std::uint32_t&) override {}  // goes to the owner of a hold only

    void onWatchdogTripped(const std::string& kind, const std::string& reason,
                           const std::uint64_t& stalled_usec, const std::string& action) override {
        printer_.print(watchdog_tripped(kind, reason, stalled_usec, action));
    }

    void onPropertiesChanged(const sdbus::InterfaceName& interface, const Properties& changed,
                             const std::vector<sdbus::PropertyName>&) override {
        if (interface == org::gamesched1::Manager_proxy::INTERFACE_NAME)
            printer_.print(manager_changed(changed));
        else if (interface == org::gamesched1::Scheduler_proxy::INTERFACE_NAME)
            printer_.print(scheduler_changed(changed));
    }

    const Printer& printer_;
};

Result<void> listen(Service& service, const Printer& printer, std::optional<Listener>& listener,
                    Loop& loop) {
    try {
        listener.emplace(service.connection(), printer);
    } catch (const sdbus::Error& error) {
        return std::unexpected{problem_of_error(error.getName(), error.getMessage())};
    }
    return service
        .on_presence_changed([&printer](bool present) { printer.print(presence_changed(present)); })
        .and_then([&] {
            return loop.attach(service, [&loop] {
                loop.leave(fail({kExitUnreachable, "the system bus has gone"}));
            });
        });
}

Result<int> follow_until_interrupted(const Printer& printer) {
    const BlockedSignals blocked{SIGINT, SIGTERM};
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    auto loop = Loop::create_interruptible();
    if (!loop)
        return std::unexpected{std::move(loop).error()};

    std::optional<Listener> listener;
    const auto present =
        listen(*service, printer, listener, **loop).and_then([&] { return service->is_present(); });
    if (!present)
        return std::unexpected{present.error()};
    warn(std::format("following gameschedd, which {}; Ctrl+C ends it",
                     *present ? "is running" : "does not run yet"));
    return (*loop)->run();
}

}  // namespace

int follow(const EventsCommand& command) {
    const Printer printer{command.json};
    const auto exit_code = follow_until_interrupted(printer);
    return exit_code ? *exit_code : fail(exit_code.error());
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/service.h"

#include "dbus/manager-proxy.h"
#include "dbus/names.h"
#include "dbus/scheduler-proxy.h"
#include "dbus/stats-proxy.h"

#include <systemd/sd-bus.h>

#include <cstring>
#include <format>
#include <utility>

namespace gamesched::client {

using sdbus::ObjectPath;
using sdbus::ServiceName;

// Proxies for calls only: without registerProxy() they subscribe to nothing. Members of
// Service::Proxies, which others know the name of, and so in no unnamed namespace.
class ManagerProxy final
    : public sdbus::ProxyInterfaces<org::gamesched1::Manager_proxy, sdbus::Properties_proxy> {
  public:
    explicit ManagerProxy(sdbus::IConnection& connection)
        : ProxyInterfaces(connection, ServiceName{names::kBusName},
                          ObjectPath{names::kManagerPath}) {}

  private:
    void onGameStarted(const ObjectPath&, const std::uint32_t&, const std::string&,
                       const std::string&, const std::string&) override {}
    void onGameExited(const ObjectPath&, const std::uint32_t&, const std::string&,
                      const Options&) override {}
    void onHoldReleased(const std::uint32_t&) override {}
    void onPropertiesChanged(const sdbus::InterfaceName&, const Properties&,
                             const std::vector<sdbus::PropertyName>&) override {}
};

class SchedulerProxy final : public sdbus::ProxyInterfaces<org::gamesched1::Scheduler_proxy> {
  public:
    explicit SchedulerProxy(sdbus::IConnection& connection)
        : ProxyInterfaces(connection, ServiceName{names::kBusName},
                          ObjectPath{names::kManagerPath}) {}

  private:
    void onWatchdogTripped(const std::string&, const std::string&, const std::uint64_t&,
                           const std::string&) override {}
};

class StatsProxy final
    : public sdbus::ProxyInterfaces<org::gamesched1::Stats_proxy, sdbus::ObjectManager_proxy> {
  public:
    explicit StatsProxy(sdbus::IConnection& connection)
        : ProxyInterfaces(connection, ServiceName{names::kBusName},
                          ObjectPath{names::kManagerPath}) {}

  private:
    void onUpdated(const Options&) override {}
    void onInterfacesAdded(const ObjectPath&,
                           const std::map<sdbus::InterfaceName, Properties>&) override {}
    void onInterfacesRemoved(const ObjectPath&, const std::vector<sdbus::InterfaceName>&) override {
    }
};

namespace {

// Makes a call whose failure is an exception return it instead.
template <typename Function>
auto attempt(Function&& function) -> Result<std::invoke_result_t<Function>> {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
            function();
            return {};
        } else {
            return function();
        }
    } catch (const sdbus::Error& error) {
        // sdbus-c++'s own errors have this name: the reply had other types than the contract says.
        if (error.getName() == sdbus::SDBUSCPP_ERROR_NAME)
            return std::unexpected{problem_of_reply(error.getMessage())};
        return std::unexpected{problem_of_error(error.getName(), error.getMessage())};
    } catch (const std::exception& error) {
        return std::unexpected{problem_of_reply(error.what())};
    }
}

Result<std::unique_ptr<sdbus::IConnection>> open_connection(Service::Prompt prompt) {
    sd_bus* bus = nullptr;
    const int error = ::sd_bus_open_system(&bus);
    if (error < 0)
        return std::unexpected{problem_of_connection(std::strerror(-error))};
    ::sd_bus_set_allow_interactive_authorization(bus, prompt == Service::Prompt::kAllowed);
    try {
        return sdbus::createBusConnection(bus);  // owns the bus from here on, also if it throws
    } catch (const sdbus::Error& failure) {
        return std::unexpected{problem_of_connection(failure.getMessage())};
    }
}

}  // namespace

struct Service::Proxies {
    explicit Proxies(std::unique_ptr<sdbus::IConnection> opened) : connection(std::move(opened)) {}

    std::unique_ptr<sdbus::IConnection> connection;
    ManagerProxy manager{*connection};
    SchedulerProxy scheduler{*connection};
    StatsProxy stats{*connection};
    std::unique_ptr<sdbus::IProxy> bus_daemon = sdbus::createProxy(
        *connection, ServiceName{"org.freedesktop.DBus"}, ObjectPath{"/org/freedesktop/DBus"});
};

Service::Service(std::unique_ptr<Proxies> proxies) : proxies_(std::move(proxies)) {}
Service::Service(Service&&) noexcept = default;
Service& Service::operator=(Service&&) noexcept = default;
Service::~Service() = default;

Result<Service> Service::connect_to_read() {
    return connect(kReadTimeout, Prompt::kNever);
}

Result<Service> Service::connect(std::chrono::seconds timeout, Prompt prompt) {
    auto connection = open_connection(prompt);
    if (!connection)
        return std::unexpected{std::move(connection).error()};
    return attempt([&] {
        (*connection)->setMethodCallTimeout(timeout);
        return Service{std::make_unique<Proxies>(std::move(*connection))};
    });
}

Result<std::string> Service::register_game(int pidfd, const Options& options) {
    return attempt([&] -> std::string {
        return proxies_->manager.RegisterGameByPidFd(sdbus::UnixFd{pidfd}, options);
    });
}

Result<void> Service::unregister_game(std::uint32_t pid) {
    return attempt([&] { proxies_->manager.UnregisterGame(pid); });
}

Result<std::uint32_t> Service::hold(const std::string& app_id, const std::string& reason) {
    return attempt([&] { return proxies_->manager.Hold(app_id, reason); });
}

Result<void> Service::release(std::uint32_t cookie) {
    return attempt([&] { proxies_->manager.Release(cookie); });
}

Result<std::string> Service::mode() {
    return attempt([&] { return proxies_->manager.Mode(); });
}

Result<void> Service::set_mode(const std::string& mode) {
    return attempt([&] { proxies_->manager.SetMode(mode); });
}

Result<void> Service::set_profile(const std::string& name) {
    return attempt([&] { proxies_->manager.SetProfile(name); });
}

Result<void> Service::reload() {
    return attempt([&] { proxies_->manager.Reload(); });
}

Result<Options> Service::tunables() {
    return attempt([&] { return proxies_->scheduler.Tunables(); });
}

Result<void> Service::set_tunable(const std::string& name, const sdbus::Variant& value) {
    return attempt([&] { proxies_->scheduler.SetTunable(name, value); });
}

Result<void> Service::restart_scheduler() {
    return attempt([&] { proxies_->scheduler.Restart(); });
}

Result<std::optional<Options>> Service::explain(std::uint32_t tid) {
    return attempt([&]() -> std::optional<Options> {
        try {
            return proxies_->scheduler.Explain(tid);
        } catch (const sdbus::Error& error) {
            if (error.getName() == names::kErrorNoSuchProcess)
                return std::nullopt;
            throw;
        }
    });
}

Result<Options> Service::why(std::uint32_t pid) {
    return attempt([&] { return proxies_->manager.Why(pid); });
}

Result<Options> Service::stats() {
    return attempt([&] { return proxies_->stats.Get(); });
}

Result<Options> Service::game_stats(const std::string& id) {
    return attempt([&] {
        Options stats;
        sdbus::createProxy(*proxies_->connection, ServiceName{names::kBusName},
                           ObjectPath{names::kGamePathPrefix + id})
            ->callMethod("GetStats")
            .onInterface("org.gamesched1.Game")
            .storeResultsTo(stats);
        return stats;
    });
}

Result<std::vector<Options>> Service::history(std::uint32_t limit) {
    return attempt([&] { return proxies_->stats.GetHistory(limit); });
}

Result<void> Service::subscribe(std::uint32_t interval_msec) {
    return attempt([&] { proxies_->stats.Subscribe(interval_msec); });
}

Result<void> Service::unsubscribe() {
    return attempt([&] { proxies_->stats.Unsubscribe(); });
}

Result<void> Service::on_updated(std::function<void(const Options&)> handler) {
    return attempt([&] {
        proxies_->stats.getProxy()
            .uponSignal("Updated")
            .onInterface(org::gamesched1::Stats_proxy::INTERFACE_NAME)
            .call([handler = std::move(handler)](const Options& stats) { handler(stats); });
    });
}

Result<Properties> Service::manager_properties() {
    return attempt(
        [&] { return proxies_->manager.GetAll(org::gamesched1::Manager_proxy::INTERFACE_NAME); });
}

Result<Properties> Service::scheduler_properties() {
    return attempt(
        [&] { return proxies_->manager.GetAll(org::gamesched1::Scheduler_proxy::INTERFACE_NAME); });
}

Result<Objects> Service::objects() {
    return attempt([&] { return proxies_->stats.GetManagedObjects(); });
}

Result<void> Service::on_hold_released(std::function<void(std::uint32_t)> handler) {
    return attempt([&] {
        proxies_->manager.getProxy()
            .uponSignal("HoldReleased")
            .onInterface(org::gamesched1::Manager_proxy::INTERFACE_NAME)
            .call([handler = std::move(handler)](const std::uint32_t& cookie) { handler(cookie); });
    });
}

Result<void> Service::on_changed(std::function<void()> handler) {
    const std::string match = std::format(
        "type='signal',sender='{}',path_namespace='{}',"
        "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'",
        names::kBusName, names::kManagerPath);
    return attempt([&] {
        proxies_->connection->addMatch(
            match, [handler = std::move(handler)](const sdbus::Message&) { handler(); });
    });
}

Result<void> Service::on_tripped(TripHandler handler) {
    return attempt([&] {
        proxies_->scheduler.getProxy()
            .uponSignal("WatchdogTripped")
            .onInterface(org::gamesched1::Scheduler_proxy::INTERFACE_NAME)
            .call([handler = std::move(handler)](const std::string& kind, const std::string& reason,
                                                 const std::uint64_t& stalled_usec,
                                                 const std::string& action) {
                handler(kind, reason, stalled_usec, action);
            });
    });
}

Result<void> Service::on_presence_changed(std::function<void(bool)> handler) {
    // A match of our own, and not a signal handler of a proxy, because only it can name the one bus
    // name that matters: everybody else's coming and going must not wake us.
    const std::string match = std::format(
        "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
        "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{}'",
        names::kBusName);
    return attempt([&] {
        proxies_->connection->addMatch(match,
                                       [handler = std::move(handler)](sdbus::Message message) {
                                           std::string name;
                                           std::string old_owner;
                                           std::string new_owner;
                                           message >> name >> old_owner >> new_owner;
                                           handler(!new_owner.empty());
                                       });
    });
}

Result<bool> Service::is_present() {
    return attempt([&] {
        bool present = false;
        proxies_->bus_daemon->callMethod("NameHasOwner")
            .onInterface("org.freedesktop.DBus")
            .withArguments(std::string{names::kBusName})
            .storeResultsTo(present);
        return present;
    });
}

sdbus::IConnection& Service::connection() {
    return *proxies_->connection;
}

}  // namespace gamesched::client

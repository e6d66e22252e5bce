// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/games.h"

#include <spdlog/spdlog.h>

#include <format>
#include <utility>
#include <vector>

#include "dbus/names.h"

namespace gamesched::agent {
namespace {

constexpr char kGame[] = "org.gamesched1.Game";
constexpr char kObjectManager[] = "org.freedesktop.DBus.ObjectManager";
constexpr char kBus[] = "org.freedesktop.DBus";

using Properties = std::map<std::string, sdbus::Variant>;

// What is missing, or of another type, stays as it is.
template <typename Value, typename Target>
void take(const Properties& properties, const char* name, Target& target) {
    const auto found = properties.find(name);
    if (found != properties.end() && found->second.containsValueOfType<Value>())
        target = static_cast<Target>(found->second.get<Value>());
}

void take_all(const Properties& properties, Game& game) {
    take<uint32_t>(properties, "Pid", game.pid);
    take<uint32_t>(properties, "MainPid", game.main_pid);
    take<uint32_t>(properties, "User", game.user);
    take<std::string>(properties, "Name", game.name);
    take<std::string>(properties, "NameSource", game.name_source);
    take<std::string>(properties, "AppId", game.app_id);
    take<std::string>(properties, "Executable", game.executable);
}

bool is_same_program(const Game& one, const Game& other) {
    return one.main_pid == other.main_pid && one.app_id == other.app_id &&
           one.executable == other.executable;
}

}  // namespace

Games::Games(sdbus::IConnection& connection, Observer observer)
    : observer_(std::move(observer)),
      service_(sdbus::createProxy(connection, sdbus::ServiceName(names::kBusName),
                                  sdbus::ObjectPath(names::kManagerPath))),
      bus_(sdbus::createProxy(connection, sdbus::ServiceName(kBus),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))) {
    service_->uponSignal("InterfacesAdded")
        .onInterface(kObjectManager)
        .call([this](const sdbus::ObjectPath& path, const Interfaces& interfaces) {
            on_added(path, interfaces);
        });
    service_->uponSignal("InterfacesRemoved")
        .onInterface(kObjectManager)
        .call([this](const sdbus::ObjectPath& path, const std::vector<std::string>&) {
            on_removed(path);
        });
    connection.addMatch(
        std::format("type='signal',sender='{}',interface='org.freedesktop.DBus.Properties',member="
                    "'PropertiesChanged',path_namespace='/org/gamesched1/game',arg0='{}'",
                    names::kBusName, kGame),
        [this](sdbus::Message message) {
            std::string interface;
            Properties changed;
            message >> interface >> changed;
            on_changed(sdbus::ObjectPath(message.getPath()), changed);
        });
    // A service that starts anew has forgotten what it was told.
    connection.addMatch(std::format("type='signal',sender='{}',member='NameOwnerChanged',arg0='{}'",
                                    kBus, names::kBusName),
                        [this](sdbus::Message message) {
                            std::string name, before, owner;
                            message >> name >> before >> owner;
                            forget();
                            if (!owner.empty())
                                ask();
                        });
    bus_->callMethodAsync("NameHasOwner")
        .onInterface(kBus)
        .withArguments(std::string(names::kBusName))
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, bool has_owner) {
            if (!error && has_owner)
                ask();
        });
}

void Games::ask() {
    service_->callMethodAsync("GetManagedObjects")
        .onInterface(kObjectManager)
        .uponReplyInvoke([this](std::optional<sdbus::Error> error,
                                const std::map<sdbus::ObjectPath, Interfaces>& objects) {
            if (error)
                spdlog::warn("gameschedd does not say which games run: {}", error->getMessage());
            for (const auto& [path, interfaces] : objects)
                on_added(path, interfaces);
        });
}

void Games::forget() {
    for (const auto& [path, game] : std::exchange(games_, {}))
        observer_.gone(path);
    observer_.changed(0);
}

void Games::on_added(const sdbus::ObjectPath& path, const Interfaces& interfaces) {
    const auto properties = interfaces.find(kGame);
    if (properties == interfaces.end() || games_.contains(path) || games_.size() >= kMaxGames)
        return;
    Game& game = games_[path];
    take_all(properties->second, game);
    observer_.found(path, game);
    observer_.changed(games_.size());
}

void Games::on_removed(const sdbus::ObjectPath& path) {
    if (games_.erase(path) == 0)
        return;
    observer_.gone(path);
    observer_.changed(games_.size());
}

void Games::on_changed(const sdbus::ObjectPath& path, const Properties& changed) {
    const auto found = games_.find(path);
    if (found == games_.end())
        return;
    const Game before = found->second;
    take_all(changed, found->second);
    if (is_same_program(before, found->second))
        return;
    observer_.found(path, found->second);
    observer_.changed(games_.size());
}

}  // namespace gamesched::agent

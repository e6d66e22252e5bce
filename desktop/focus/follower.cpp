// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/focus/follower.h"

#include <spdlog/spdlog.h>

#include <exception>
#include <map>
#include <string>

#include "dbus/names.h"
#include "desktop/bus/connection.h"

namespace gamesched::focus {
namespace {

constexpr char kManager[] = "org.gamesched1.Manager";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";
constexpr char kBus[] = "org.freedesktop.DBus";
constexpr size_t kChoice = 2;  // games among which one can be preferred

size_t count_of(const sdbus::Variant& games) {
    return games.get<std::vector<sdbus::ObjectPath>>().size();
}

}  // namespace

Follower::Follower(Loop& loop)
    : loop_(loop),
      connection_(sdbus::createSystemBusConnection()),
      manager_(sdbus::createProxy(*connection_, sdbus::ServiceName(names::kBusName),
                                  sdbus::ObjectPath(names::kManagerPath))),
      bus_(sdbus::createProxy(*connection_, sdbus::ServiceName(kBus),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))) {
    desktop::attach(*connection_, loop_.get(), [this] { loop_.exit(EXIT_SUCCESS); });
    manager_->uponSignal("PropertiesChanged")
        .onInterface(kProperties)
        .call([this](const std::string& interface,
                     const std::map<std::string, sdbus::Variant>& changed,
                     const std::vector<std::string>&) {
            if (const auto games = changed.find("Games");
                interface == kManager && games != changed.end())
                on_games(count_of(games->second));
        });
    // A service that starts anew has forgotten what it was told.
    connection_->addMatch(std::string("type='signal',sender='org.freedesktop.DBus',member='"
                                      "NameOwnerChanged',arg0='") +
                              names::kBusName + "'",
                          [this](sdbus::Message message) {
                              std::string name, before, owner;
                              message >> name >> before >> owner;
                              leave();
                              if (!owner.empty())
                                  ask_for_games();
                          });
    bus_->callMethodAsync("NameHasOwner")
        .onInterface(kBus)
        .withArguments(std::string(names::kBusName))
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, bool has_owner) {
            if (!error && has_owner)  // it is not started just to be asked
                ask_for_games();
        });
}

Follower::~Follower() {
    if (!window_)
        return;
    try {
        manager_->callMethod("SetFocus")
            .onInterface(kManager)
            .withArguments(uint32_t{0})
            .dontExpectReply();
    } catch (const sdbus::Error& error) {
        spdlog::debug("The service was not told: {}", error.getMessage());
    }
}

void Follower::ask_for_games() {
    manager_->callMethodAsync("Get")
        .onInterface(kProperties)
        .withArguments(std::string(kManager), std::string("Games"))
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, const sdbus::Variant& games) {
            if (!error)
                on_games(count_of(games));
        });
}

void Follower::on_games(size_t count) {
    if (count < kChoice)
        return leave();
    if (window_)
        return;
    try {
        window_.emplace();
    } catch (const std::exception& error) {
        spdlog::warn("Of several games none is preferred: {}", error.what());
        return;
    }
    events_ = loop_.on_readable(window_->fd(), [this] { on_events(); });
    tell(window_->process());
    on_events();
}

void Follower::on_events() {
    try {
        // To ask may bring in events as well, which the descriptor does not tell of then.
        while (window_->update())
            tell(window_->process());
    } catch (const std::exception& error) {
        spdlog::info("The focus is not followed any more: {}", error.what());
        tell(0);
        leave();
    }
}

void Follower::tell(pid_t process) {
    manager_->callMethodAsync("SetFocus")
        .onInterface(kManager)
        .withArguments(static_cast<uint32_t>(process))
        .uponReplyInvoke([](std::optional<sdbus::Error> error) {
            // A window whose process has just ended is nobody's any more.
            if (error && error->getName() != names::kErrorNoSuchProcess)
                spdlog::warn("gameschedd was not told of the focus: {}", error->getMessage());
        });
}

void Follower::leave() {
    events_.reset();
    window_.reset();
}

}  // namespace gamesched::focus

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/battery.h"

#include <format>
#include <map>
#include <string>
#include <vector>

namespace gamesched {
namespace {

constexpr char kName[] = "org.freedesktop.UPower";  // and interface
constexpr char kPath[] = "/org/freedesktop/UPower";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";
constexpr char kProperty[] = "OnBattery";

std::optional<bool> as_bool(const sdbus::Variant& value) {
    if (!value.containsValueOfType<bool>())
        return std::nullopt;
    return value.get<bool>();
}

}  // namespace

void Battery::set_watched(bool watched) {
    if (watched == (owner_ != nullptr))
        return;
    if (watched) {
        owner_ = std::make_unique<NameOwner>(connection_, kName, [this] { follow(); });
        return;
    }
    owner_.reset();
    signal_.reset();
    upower_.reset();
    set(std::nullopt);
}

// By its unique name, so that nobody is started if it has just gone.
void Battery::follow() {
    signal_.reset();
    upower_.reset();
    const std::string& owner = *owner_->owner();
    if (owner.empty())
        return set(std::nullopt);
    signal_ = connection_.addMatchAsync(
        std::format("type='signal',sender='{}',path='{}',interface='{}',"
                    "member='PropertiesChanged',arg0='{}'",
                    owner, kPath, kProperties, kName),
        [this](sdbus::Message message) {
            std::string interface;
            std::map<std::string, sdbus::Variant> changed;
            message >> interface >> changed;
            if (const auto found = changed.find(kProperty); found != changed.end())
                set(as_bool(found->second));
        },
        [](sdbus::Message) {}, sdbus::return_slot);
    upower_ = sdbus::createProxy(connection_, sdbus::ServiceName(owner), sdbus::ObjectPath(kPath));
    upower_->callMethodAsync("Get")
        .onInterface(kProperties)
        .withArguments(std::string(kName), std::string(kProperty))
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, const sdbus::Variant& value) {
            if (!error)
                set(as_bool(value));
        });
}

void Battery::set(std::optional<bool> on_battery) {
    if (on_battery == on_battery_)
        return;
    on_battery_ = on_battery;
    changed_();
}

}  // namespace gamesched

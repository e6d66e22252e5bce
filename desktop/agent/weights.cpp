// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/weights.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-login.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "dbus/names.h"
#include "service/power/config.h"

namespace gamesched::agent {
namespace {

constexpr char kManager[] = "org.gamesched1.Manager";
constexpr char kSystemd[] = "org.freedesktop.systemd1";
constexpr char kSystemdManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kWeight[] = "CPUWeight";
constexpr std::chrono::seconds kPatience{2};  // when we leave

using UnitProperties = std::vector<sdbus::Struct<std::string, sdbus::Variant>>;

std::string owned(char* text) {
    const std::unique_ptr<char, decltype(&std::free)> owner(text, std::free);
    return text ? text : "";
}

// Names after "Desktop environments" in the XDG standardisation for applications
// (https://systemd.io/DESKTOP_ENVIRONMENTS): what else runs in the session is not the game's alone.
bool is_application(const std::string& unit) {
    return unit.starts_with("app-") && (unit.ends_with(".scope") || unit.ends_with(".service"));
}

// Empty if it runs in no unit of the user's systemd.
std::string unit_of(pid_t process) {
    char* unit = nullptr;
    return sd_pid_get_user_unit(process, &unit) < 0 ? "" : owned(unit);
}

std::string interface_of(const std::string& unit) {
    return std::string(kSystemd) + (unit.ends_with(".scope") ? ".Scope" : ".Service");
}

std::unique_ptr<sdbus::IProxy> proxy_of(sdbus::IConnection& session, const std::string& unit) {
    char* path = nullptr;
    if (sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit.c_str(), &path) < 0)
        throw std::bad_alloc();
    return sdbus::createProxy(session, sdbus::ServiceName(kSystemd),
                              sdbus::ObjectPath(owned(path)));
}

std::optional<uint64_t> weight_in(const sdbus::Variant& value) {
    if (!value.containsValueOfType<uint64_t>())
        return std::nullopt;
    return value.get<uint64_t>();
}

// At runtime: until a transient unit ends, or the user's systemd.
UnitProperties with_weight(uint64_t weight) {
    return {{kWeight, sdbus::Variant(weight)}};
}

}  // namespace

Weights::Weights(sdbus::IConnection& system, sdbus::IConnection& session,
                 const std::filesystem::path& directory)
    : session_(session),
      service_(sdbus::createProxy(system, sdbus::ServiceName(names::kBusName),
                                  sdbus::ObjectPath(names::kManagerPath))),
      systemd_(sdbus::createProxy(session, sdbus::ServiceName(kSystemd),
                                  sdbus::ObjectPath("/org/freedesktop/systemd1"))),
      record_(directory) {
    advance_all();
}

Weights::~Weights() {
    const auto changes = record_.changes();
    for (const auto& [name, change] : changes) {
        try {
            sdbus::Variant present;
            const auto unit = proxy_of(session_, name);
            unit->callMethod("Get")
                .onInterface("org.freedesktop.DBus.Properties")
                .withTimeout(kPatience)
                .withArguments(interface_of(name), std::string(kWeight))
                .storeResultsTo(present);
            if (weight_in(present) == change.ours)
                systemd_->callMethod("SetUnitProperties")
                    .onInterface(kSystemdManager)
                    .withTimeout(kPatience)
                    .withArguments(name, true, with_weight(change.before));
            record_.remove(name);
        } catch (const sdbus::Error& error) {
            spdlog::warn("The cpu.weight of {} is not put back: {}", name, error.getMessage());
        }
    }
}

void Weights::on_found(const sdbus::ObjectPath& path, const Game& game) {
    const std::string name = game.user == getuid() ? unit_of(game.main_pid) : "";
    const auto unit = units_.find(name);
    if (unit != units_.end() && unit->second.games.contains(path))
        return ask_wish();
    on_gone(path);  // its main process was in another unit
    if (!is_application(name))
        return;
    units_[name].games.insert(path);
    ask_wish();
    advance(name);
}

void Weights::on_gone(const sdbus::ObjectPath& path) {
    for (auto& [name, unit] : units_)
        if (unit.games.erase(path) > 0) {
            unit.is_stuck = false;
            return advance(name);
        }
}

void Weights::ask_wish() {
    service_->getPropertyAsync("ScopeWeight")
        .onInterface(kManager)
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, const sdbus::Variant& value) {
            const auto weight = error ? std::nullopt : weight_in(value);
            if (!weight || *weight > PowerConfig::kMaxScopeWeight)
                return;
            wish_ = *weight;
            advance_all();
        });
}

uint64_t Weights::wanted(const Unit& unit) const {
    return unit.games.empty() ? 0 : wish_;
}

void Weights::advance_all() {
    std::set<std::string> all;
    for (const auto& [name, unit] : units_)
        all.insert(name);
    for (const auto& [name, change] : record_.changes())
        all.insert(name);
    for (const std::string& name : all)
        advance(name);
}

// One step from what is to what is wanted.
void Weights::advance(std::string name) {
    Unit& unit = units_[name];
    if (unit.is_asked || unit.is_stuck)
        return;
    const auto change = record_.changes().find(name);
    const uint64_t present = change == record_.changes().end() ? 0 : change->second.ours;
    if (present == wanted(unit)) {
        if (!unit.games.empty())
            return;
        spent_ = std::move(unit.proxy);
        units_.erase(name);
        return;
    }
    if (present == 0)
        raise(name);
    else
        put_back(name, change->second);
}

void Weights::raise(const std::string& name) {
    ask(name, [this, name](std::optional<uint64_t> before) {
        Unit& unit = units_[name];
        const uint64_t ours = wanted(unit);
        if (!before)
            return get_stuck(name);
        if (ours == 0)
            return advance(name);
        if (const auto recorded = record_.add(name, {.before = *before, .ours = ours}); !recorded) {
            spdlog::warn("{} keeps its cpu.weight: {}", name, recorded.error().message);
            return get_stuck(name);
        }
        // Recorded it stays, whatever the answer: put_back() looks.
        set(name, ours, [this, name](bool done) { done ? advance(name) : get_stuck(name); });
    });
}

void Weights::put_back(const std::string& name, const WeightChange& change) {
    ask(name, [this, name, change](std::optional<uint64_t> present) {
        if (!present)
            return get_stuck(name);
        if (wanted(units_[name]) == change.ours)
            return advance(name);
        const auto end = [this, name](bool done) {
            if (!done)
                return get_stuck(name);
            record_.remove(name);
            advance(name);
        };
        if (*present != change.ours)  // somebody else's, or of a new unit of this name
            return end(true);
        set(name, change.before, end);
    });
}

// What systemd does not do is not asked again, until a game comes or goes.
void Weights::get_stuck(const std::string& name) {
    units_[name].is_stuck = true;
}

// Of a unit that has gone systemd says that none is set.
void Weights::ask(const std::string& name, Answer answer) {
    Unit& unit = units_[name];
    unit.is_asked = true;
    if (!unit.proxy)
        unit.proxy = proxy_of(session_, name);
    unit.proxy->getPropertyAsync(kWeight)
        .onInterface(interface_of(name))
        .uponReplyInvoke([this, name, answer = std::move(answer)](std::optional<sdbus::Error> error,
                                                                  const sdbus::Variant& value) {
            units_[name].is_asked = false;
            if (error)
                spdlog::info("systemd does not tell the cpu.weight of {}: {}", name,
                             error->getMessage());
            answer(error ? std::nullopt : weight_in(value));
        });
}

void Weights::set(const std::string& name, uint64_t weight, std::function<void(bool done)> answer) {
    units_[name].is_asked = true;
    systemd_->callMethodAsync("SetUnitProperties")
        .onInterface(kSystemdManager)
        .withArguments(name, true, with_weight(weight))
        .uponReplyInvoke(
            [this, name, answer = std::move(answer)](std::optional<sdbus::Error> error) {
                units_[name].is_asked = false;
                if (error)
                    spdlog::info("systemd does not set the cpu.weight of {}: {}", name,
                                 error->getMessage());
                answer(!error);
            });
}

}  // namespace gamesched::agent

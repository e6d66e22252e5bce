// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/power.h"

#include <spdlog/spdlog.h>

#include <format>

namespace gamesched {
namespace {

using State = ProfileHold::State;

constexpr char kKept[] = "kept: the configuration says so";
constexpr char kNotThere[] = "not there";

bool is_wish(const std::string& value) {
    return value != PowerConfig::kKeep;
}

const std::string& value_of(const PowerConfig& config, PowerItem item) {
    switch (item) {
        case PowerItem::kGovernor:
            return config.governor;
        case PowerItem::kPreference:
            return config.energy_performance_preference;
        case PowerItem::kPlatformProfile:
            return config.platform_profile;
        case PowerItem::kSplitLock:
            break;
    }
    return config.split_lock_mitigate;
}

// What a power profiles daemon sets, too.
bool is_daemons(PowerItem item) {
    return item != PowerItem::kSplitLock;
}

}  // namespace

Power::Power(Loop& loop, sdbus::IConnection& connection,
             const std::filesystem::path& runtime_directory, std::filesystem::path root)
    : loop_(loop),
      record_(runtime_directory),
      settings_(std::move(root), record_),
      hold_(loop, connection, [this] { schedule(); }),
      battery_(connection, [this] {
          observer_.battery_changed();
          announce();
      }) {}

Power::~Power() {
    settings_.set({});
    while (settings_.step()) {
    }
}

void Power::set_config(const PowerConfig& config) {
    const bool other_profile = config.power_profile != config_.power_profile;
    config_ = config;
    battery_.set_watched(is_wish(config.profile_on_battery));
    if (!is_active())
        return;
    if (other_profile)
        hold_.take_back();
    schedule();
}

void Power::set_active(bool active) {
    if (active == active_)
        return;
    active_ = active;
    if (active)
        hold_.start(record_.is_released());
    else
        hold_.stop();
    schedule();
}

void Power::schedule() {
    work_ = loop_.defer([this] { advance(); });
}

// One step from what is to what is wanted; the loop turns before the next.
void Power::advance() {
    work_.reset();
    if (hold_.state() == State::kLooking)
        return announce();
    if (auto wanted = wishes(); settings_.wishes() != wanted)
        settings_.set(std::move(wanted));
    if (settings_.step())
        return schedule();
    // Only now: a daemon must not find our values where it looks for its own.
    if (hold_.state() == State::kPresent && is_wish(config_.power_profile))
        hold_.ask(config_.power_profile);
    const bool released = hold_.state() == State::kReleased;
    if (const auto recorded = record_.set_released(released); !recorded)
        spdlog::warn("power: after a crash the profile may be held again: {}",
                     recorded.error().message);
    announce();
}

bool Power::has_daemon() const {
    return hold_.state() != State::kAbsent && hold_.state() != State::kRefused;
}

Wishes Power::wishes() const {
    Wishes wanted;
    if (!is_active())
        return wanted;
    for (const PowerItem item : kPowerItems)
        if (const std::string& value = value_of(config_, item);
            is_wish(value) && !(is_daemons(item) && has_daemon()))
            wanted[item] = value;
    return wanted;
}

void Power::announce() {
    Status now = status();
    if (now == announced_)
        return;
    announced_ = std::move(now);
    observer_.changed();
}

Power::Status Power::status() const {
    Status status;
    if (!is_active()) {
        for (const auto& [item, note] : settings_.notes())
            status[key_of(item)] = note;
        return status;
    }
    status["power-profile"] = describe_hold();
    for (const PowerItem item : kPowerItems)
        status[key_of(item)] = describe(item);
    status["scope-weight"] =
        config_.scope_weight == 0
            ? kKept
            : std::format("{}, for gamesched-agent to ask systemd for", config_.scope_weight);
    status["profile-on-battery"] = describe_battery();
    return status;
}

std::string Power::describe_hold() const {
    if (!is_wish(config_.power_profile))
        return kKept;
    switch (hold_.state()) {
        case State::kAbsent:
            return kNotThere;
        case State::kHeld:
            return std::format("{}, held at the power profiles daemon", config_.power_profile);
        case State::kRefused:
            return std::format("refused by the power profiles daemon: {}", hold_.problem());
        case State::kReleased:
            return "left alone: somebody has chosen another profile";
        case State::kAsking:
            if (hold_.is_silent())
                return "the power profiles daemon does not answer";
            break;
        case State::kOff:
        case State::kLooking:
        case State::kPresent:
            break;
    }
    return "being asked for";
}

std::string Power::describe(PowerItem item) const {
    if (!is_wish(value_of(config_, item)))
        return kKept;
    if (settings_.wishes() && settings_.wishes()->contains(item))
        return settings_.describe(item);
    return is_daemons(item) && has_daemon() ? "left to the power profiles daemon" : "being set";
}

std::string Power::describe_battery() const {
    if (!is_wish(config_.profile_on_battery))
        return kKept;
    if (!battery_.on_battery())
        return kNotThere;
    return *battery_.on_battery() ? std::format("{}: on battery", config_.profile_on_battery)
                                  : "not on battery";
}

}  // namespace gamesched

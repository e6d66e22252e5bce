// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the service's objects say at one moment, decoded from their properties. Every string in here
// is printable. Members that are missing or have another type than the contract says are empty: a
// client must show what it can. Pure.

#pragma once

#include "desktop/client/text.h"

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gamesched::client {

using Properties = std::map<sdbus::PropertyName, sdbus::Variant>;
using Options = std::map<std::string, sdbus::Variant>;
// As of org.freedesktop.DBus.ObjectManager.GetManagedObjects.
using Objects = std::map<sdbus::ObjectPath, std::map<sdbus::InterfaceName, Properties>>;

struct EvidenceView {
    std::int32_t weight = 0;
    std::string what;
};

struct GameView {
    std::string id;  // the last part of the object's path
    std::uint32_t pid = 0;
    std::uint32_t main_pid = 0;
    std::vector<EvidenceView> evidence;
    std::string name;
    std::string app_id;
    std::uint32_t user = 0;
    std::string source;
    std::string scope;
    std::string profile;  // empty: it names none
    WallTime started;
};

struct HoldView {
    std::string app_id;
    std::string reason;
    std::uint32_t user = 0;
    WallTime since;
};

struct FeatureView {
    std::string name;
    bool works = false;
    std::string reason;  // why it does not
};

struct PowerView {
    std::string item;
    std::string state;
};

struct ManagerView {
    std::string mode;
    bool active = false;
    std::string profile;  // in force
    std::vector<std::string> profiles;
    std::string version;
    std::vector<HoldView> holds;
    std::vector<FeatureView> features;
    std::vector<PowerView> power;
};

struct SchedulerView {
    std::string state;
    std::string reason;
    std::string name;
    WallTime since;
    std::uint32_t trips = 0;
};

ManagerView manager_view(const Properties& properties);
// Member Power.
std::vector<PowerView> power_views(const Properties& properties);
SchedulerView scheduler_view(const Properties& properties);

// The games among the objects, oldest first.
std::vector<GameView> game_views(const Objects& objects);

// Member Evidence, a(is), of a game or a judgement.
std::vector<EvidenceView> evidence_views(const Properties& properties);
std::vector<EvidenceView> evidence_views(const Options& dictionary);

// The value of `key`, or a default one if it is missing or has another type.
template <typename T, typename Key>
T value_or_default(const std::map<Key, sdbus::Variant>& dictionary, const char* key) {
    const auto entry = dictionary.find(Key{key});
    if (entry == dictionary.end() || entry->second.isEmpty() ||
        !entry->second.template containsValueOfType<T>())
        return T{};
    return entry->second.template get<T>();
}

// A time in microseconds, or 0. What is too large is the latest time, so that differences never
// overflow.
template <typename Key>
Usec usec_or_zero(const std::map<Key, sdbus::Variant>& dictionary, const char* key) {
    constexpr auto kLatest = static_cast<std::uint64_t>(Usec::max().count());
    return Usec{std::min(value_or_default<std::uint64_t>(dictionary, key), kLatest)};
}

}  // namespace gamesched::client

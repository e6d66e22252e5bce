// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/snapshot.h"

#include "dbus/names.h"

#include <algorithm>

namespace gamesched::client {
namespace {

constexpr char kGameInterface[] = "org.gamesched1.Game";

template <typename Key>
std::string text(const std::map<Key, sdbus::Variant>& dictionary, const char* key) {
    return printable(value_or_default<std::string>(dictionary, key));
}

template <typename Key>
WallTime time(const std::map<Key, sdbus::Variant>& dictionary, const char* key) {
    return WallTime{usec_or_zero(dictionary, key)};
}

HoldView hold_view(const Options& hold) {
    return {.app_id = text(hold, "AppId"),
            .reason = text(hold, "Reason"),
            .user = value_or_default<std::uint32_t>(hold, "User"),
            .since = time(hold, "SinceUSec")};
}

FeatureView feature_view(const std::string& name, const Options& features) {
    return {.name = printable(name),
            .works = value_or_default<bool>(features, name.c_str()),
            .reason = text(features, name.c_str())};
}

std::string id_of(const std::string& path) {
    const std::string_view prefix = names::kGamePathPrefix;
    return printable(path.starts_with(prefix) ? path.substr(prefix.size()) : path);
}

template <typename Key>
std::vector<EvidenceView> evidence_in(const std::map<Key, sdbus::Variant>& dictionary) {
    using Wire = std::vector<sdbus::Struct<std::int32_t, std::string>>;
    std::vector<EvidenceView> views;
    for (const auto& piece : value_or_default<Wire>(dictionary, "Evidence"))
        views.push_back({.weight = std::get<0>(piece), .what = printable(std::get<1>(piece))});
    return views;
}

GameView game_view(const sdbus::ObjectPath& path, const Properties& game) {
    return {.id = id_of(path),
            .pid = value_or_default<std::uint32_t>(game, "Pid"),
            .main_pid = value_or_default<std::uint32_t>(game, "MainPid"),
            .evidence = evidence_views(game),
            .name = text(game, "Name"),
            .app_id = text(game, "AppId"),
            .user = value_or_default<std::uint32_t>(game, "User"),
            .source = text(game, "Source"),
            .scope = text(game, "Scope"),
            .profile = text(game, "Profile"),
            .started = time(game, "StartedUSec")};
}

}  // namespace

std::vector<EvidenceView> evidence_views(const Properties& properties) {
    return evidence_in(properties);
}

std::vector<EvidenceView> evidence_views(const Options& dictionary) {
    return evidence_in(dictionary);
}

std::vector<PowerView> power_views(const Properties& properties) {
    std::vector<PowerView> views;
    const auto power = value_or_default<Options>(properties, "Power");
    for (const auto& [item, state] : power)
        views.push_back({.item = printable(item), .state = text(power, item.c_str())});
    return views;
}

ManagerView manager_view(const Properties& properties) {
    ManagerView view{.mode = text(properties, "Mode"),
                     .active = value_or_default<bool>(properties, "Active"),
                     .profile = text(properties, "Profile"),
                     .version = text(properties, "Version")};
    for (const Options& hold : value_or_default<std::vector<Options>>(properties, "Holds"))
        view.holds.push_back(hold_view(hold));
    for (const auto& profile : value_or_default<std::vector<std::string>>(properties, "Profiles"))
        view.profiles.push_back(printable(profile));
    const auto features = value_or_default<Options>(properties, "Features");
    for (const auto& [name, value] : features)
        view.features.push_back(feature_view(name, features));
    view.power = power_views(properties);
    return view;
}

SchedulerView scheduler_view(const Properties& properties) {
    return {.state = text(properties, "State"),
            .reason = text(properties, "Reason"),
            .name = text(properties, "Name"),
            .since = time(properties, "SinceUSec"),
            .trips = value_or_default<std::uint32_t>(properties, "Trips")};
}

std::vector<GameView> game_views(const Objects& objects) {
    std::vector<GameView> views;
    for (const auto& [path, interfaces] : objects) {
        const auto game = interfaces.find(sdbus::InterfaceName{kGameInterface});
        if (game != interfaces.end())
            views.push_back(game_view(path, game->second));
    }
    std::ranges::stable_sort(views, {}, &GameView::started);
    return views;
}

}  // namespace gamesched::client

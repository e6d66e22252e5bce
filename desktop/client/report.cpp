// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/report.h"

#include "desktop/client/table.h"

#include <algorithm>
#include <format>
#include <ranges>

namespace gamesched::client {
namespace {

using Align = Table::Align;

constexpr std::size_t kLabelWidth = 13;
constexpr std::size_t kIndent = 2;
constexpr std::size_t kAppIdColumns = 32;

std::string labelled(const std::string& label, const std::string& text) {
    return std::format("{:<{}}{}", label, kLabelWidth, text);
}

std::string age(WallTime since, WallTime now) {
    return duration_text(now - since);
}

void append(Lines& lines, Lines more) {
    std::ranges::move(more, std::back_inserter(lines));
}

std::string gaming_mode(const ManagerView& manager, const Emphasis& emphasis) {
    const std::string state = manager.active ? emphasis.good("on") : "off";
    return labelled("Gaming mode", std::format("{}, mode {}", state, manager.mode));
}

// The game whose profile is in force, or null.
const GameView* game_in_force(const ManagerView& manager, const std::vector<GameView>& games) {
    for (const GameView& game : games | std::views::reverse)
        if (std::ranges::contains(manager.profiles, game.profile))
            return &game;
    return nullptr;
}

std::string profile_line(const ManagerView& manager, const std::vector<GameView>& games) {
    const GameView* game = game_in_force(manager, games);
    return labelled("Profile", game == nullptr ? manager.profile
                                               : std::format("{}, of the game \"{}\"",
                                                             manager.profile, game->name));
}

std::string emphasised_state(const std::string& state, const Emphasis& emphasis) {
    if (state == "attached")
        return emphasis.good(state);
    if (state == "ejected")
        return emphasis.bad(state);
    if (state == "unsupported" || state == "foreign")
        return emphasis.warning(state);
    return state;
}

Lines scheduler_lines(const SchedulerView& scheduler, WallTime now, const Emphasis& emphasis) {
    std::string text = emphasised_state(scheduler.state, emphasis);
    if (!scheduler.name.empty())
        text += std::format(" ({})", scheduler.name);
    if (scheduler.since != WallTime{})
        text += std::format(", for {}", age(scheduler.since, now));
    Lines lines{labelled("Scheduler", text)};
    if (!scheduler.reason.empty())
        lines.push_back(labelled("", scheduler.reason));
    if (scheduler.trips != 0)
        lines.push_back(
            labelled("", std::format("removed {} {}; journalctl -u gameschedd tells why",
                                     scheduler.trips, scheduler.trips == 1 ? "time" : "times")));
    return lines;
}

Lines game_lines(const std::vector<GameView>& games, WallTime now) {
    if (games.empty())
        return {labelled("Games", "none")};
    Table table{{{"PID", Align::kRight}, {"APPID"}, {"SOURCE"}, {"AGE", Align::kRight}, {"NAME"}}};
    for (const GameView& game : games)
        table.add({std::to_string(game.pid), clipped_columns(game.app_id, kAppIdColumns),
                   game.source, age(game.started, now), game.name});
    Lines lines{labelled("Games", std::to_string(games.size()))};
    append(lines, table.lines(kIndent));
    return lines;
}

Lines hold_lines(const std::vector<HoldView>& holds, WallTime now, const UserName& user) {
    if (holds.empty())
        return {labelled("Holds", "none")};
    Table table{{{"USER"}, {"APPID"}, {"AGE", Align::kRight}, {"REASON"}}};
    for (const HoldView& hold : holds)
        table.add({user(hold.user), clipped_columns(hold.app_id, kAppIdColumns),
                   age(hold.since, now), hold.reason});
    Lines lines{labelled("Holds", std::to_string(holds.size()))};
    append(lines, table.lines(kIndent));
    return lines;
}

Lines feature_lines(const std::vector<FeatureView>& features, bool all) {
    std::size_t width = 0;
    for (const FeatureView& feature : features)
        width = std::max(width, columns(feature.name));

    Lines lines;
    for (const FeatureView& feature : features) {
        if (feature.works && !all)
            continue;
        const std::string padding(width - columns(feature.name), ' ');
        lines.push_back(std::format("{:{}}{}{}  {}", "", kIndent, feature.name, padding,
                                    feature.works            ? "yes"
                                    : feature.reason.empty() ? "no"
                                                             : feature.reason));
    }
    if (lines.empty())
        return {labelled(all ? "Features" : "Missing", all ? "none known" : "nothing")};
    lines.insert(lines.begin(), all ? "Features" : "Missing");
    return lines;
}

Lines power_lines(const std::vector<PowerView>& power) {
    if (power.empty())
        return {};
    std::size_t width = 0;
    for (const PowerView& item : power)
        width = std::max(width, columns(item.item));
    Lines lines{"Power"};
    for (const PowerView& item : power) {
        const std::string padding(width - columns(item.item), ' ');
        lines.push_back(std::format("{:{}}{}{}  {}", "", kIndent, item.item, padding, item.state));
    }
    return lines;
}

Json game_object(const sdbus::ObjectPath& path, const Properties& properties) {
    Json game{{"Object", std::string{path}}};
    game.update(json_of(properties));
    return game;
}

}  // namespace

Lines status_page(const StatusView& view, bool all_features, WallTime now, const UserName& user,
                  const Emphasis& emphasis) {
    Lines lines{gaming_mode(view.manager, emphasis)};
    if (!view.manager.profile.empty())
        lines.push_back(profile_line(view.manager, view.games));
    append(lines, scheduler_lines(view.scheduler, now, emphasis));
    append(lines, game_lines(view.games, now));
    append(lines, hold_lines(view.manager.holds, now, user));
    append(lines, power_lines(view.manager.power));
    append(lines, feature_lines(view.manager.features, all_features));
    lines.push_back(labelled("Service", std::format("gameschedd {}", view.manager.version)));
    return lines;
}

Lines games_page(const std::vector<GameView>& games, WallTime now, const UserName& user) {
    if (games.empty())
        return {"no games"};
    Table table{{{"ID", Align::kRight},
                 {"PID", Align::kRight},
                 {"USER"},
                 {"SOURCE"},
                 {"SCOPE"},
                 {"AGE", Align::kRight},
                 {"APPID"},
                 {"NAME"}}};
    for (const GameView& game : games)
        table.add({game.id, std::to_string(game.pid), user(game.user), game.source, game.scope,
                   age(game.started, now), clipped_columns(game.app_id, kAppIdColumns), game.name});
    return table.lines();
}

Lines profile_page(const ManagerView& manager, const std::vector<GameView>& games) {
    Lines lines{profile_line(manager, games)};
    for (const std::string& profile : manager.profiles)
        lines.push_back(std::format("{} {}", profile == manager.profile ? '*' : ' ', profile));
    return lines;
}

std::string profile_remark(const std::string& chosen, const ManagerView& manager,
                           const std::vector<GameView>& games) {
    const GameView* game = game_in_force(manager, games);
    if (game == nullptr || game->profile == chosen)
        return {};
    return std::format("the profile \"{}\" of the game \"{}\" stays in force until it ends",
                       game->profile, game->name);
}

Lines values_page(const Options& values) {
    std::vector<std::pair<std::string, std::string>> entries;
    std::size_t name_width = 0;
    std::size_t value_width = 0;
    for (const auto& [name, value] : values) {
        const Json json = json_of(value);
        auto& entry = entries.emplace_back(printable(name), json.is_string()
                                                                ? printable(json.get<std::string>())
                                                                : json_line(json));
        name_width = std::max(name_width, columns(entry.first));
        value_width = std::max(value_width, columns(entry.second));
    }
    Lines lines;
    for (const auto& [name, value] : entries) {
        const std::size_t gap = name_width - columns(name) + value_width - columns(value) + 2;
        lines.push_back(name + std::string(gap, ' ') + value);
    }
    return lines;
}

Json games_json(const Objects& objects) {
    Json games = Json::array();
    for (const auto& [path, interfaces] : objects) {
        const auto game = interfaces.find(sdbus::InterfaceName{"org.gamesched1.Game"});
        if (game != interfaces.end())
            games.push_back(game_object(path, game->second));
    }
    const auto started = [](const Json& game) {
        const auto time = game.find("StartedUSec");
        return time != game.end() && time->is_number_unsigned() ? time->get<std::uint64_t>() : 0;
    };
    std::stable_sort(games.begin(), games.end(),
                     [&](const Json& a, const Json& b) { return started(a) < started(b); });
    return games;
}

Json profile_json(const ManagerView& manager) {
    return {{"Profile", manager.profile}, {"Profiles", manager.profiles}};
}

Json status_json(const Properties& manager, const Properties& scheduler, const Objects& objects) {
    Json status = json_of(manager);
    status["Scheduler"] = json_of(scheduler);
    status["Games"] = games_json(objects);
    return status;
}

}  // namespace gamesched::client

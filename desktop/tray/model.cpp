// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/model.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <ranges>
#include <utility>

#include "desktop/tray/translation.h"

namespace gamesched::tray {
namespace {

constexpr size_t kMaxNameColumns = 40;
constexpr size_t kMaxLineColumns = 100;
constexpr size_t kMaxGames = 10;
constexpr size_t kMaxEvidence = 6;

std::string line(const std::string& text) {
    return client::clipped_columns(client::printable(text), kMaxLineColumns);
}

// "Thu 14:03": for a person who looks at what happened lately.
std::string moment(client::WallTime time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts = {};
    localtime_r(&seconds, &parts);
    std::array<char, 64> text = {};
    return {text.data(), std::strftime(text.data(), text.size(), "%a %H:%M", &parts)};
}

bool lacks_scheduler(const Facts& facts) {
    return facts.scheduler == "ejected" || facts.scheduler == "foreign" ||
           facts.scheduler == "unsupported";
}

State state_of(const Facts& facts) {
    if (!facts.reachable || (facts.active && lacks_scheduler(facts)))
        return State::kTrouble;
    return facts.active ? State::kGaming : State::kOff;
}

std::string status_of(const Facts& facts) {
    if (!facts.reachable)
        return tr("gameschedd does not run");
    if (!facts.active)
        return facts.mode == "off" ? tr("Gaming mode is switched off")
                                   : tr("Gaming mode is off: no game runs");
    if (facts.scheduler == "ejected")
        return tr("Gaming mode is on, but the scheduler was removed");
    if (facts.scheduler == "foreign")
        return tr("Gaming mode is on, but another scheduler is attached");
    if (facts.scheduler == "unsupported")
        return tr("Gaming mode is on, but this kernel cannot run the scheduler");
    return tr("Gaming mode is on");
}

// What more there is to say about trouble; empty otherwise.
std::string reason_of(const Facts& facts) {
    if (!facts.reachable)
        return tr("An administrator starts it with: systemctl start gameschedd");
    return state_of(facts) == State::kTrouble ? line(facts.reason) : "";
}

std::string tooltip_of(const Facts& facts) {
    std::string text = status_of(facts);
    if (const std::string reason = reason_of(facts); !reason.empty())
        text += "\n" + reason;
    const size_t shown = std::min(facts.games.size(), kMaxGames);
    for (const GameFacts& game : facts.games | std::views::take(shown))
        text += "\n• " + shown_name(game.name);
    if (facts.games.size() > shown)
        text += "\n" + trn("and {} more", "and {} more", facts.games.size() - shown);
    return text;
}

// ------------------------------------------------------------------ the menu

Entry separator(std::string id) {
    return {.id = std::move(id), .kind = EntryKind::kSeparator};
}

Entry text(std::string id, std::string label) {
    return {.id = std::move(id), .label = std::move(label)};
}

Entry command(std::string id, std::string label, Command command, std::string argument = "") {
    return {
        .id = std::move(id), .label = std::move(label), .action = {command, std::move(argument)}};
}

Entry choice(std::string label, Command command, const std::string& argument,
             const std::string& chosen) {
    return {.id = argument,
            .kind = EntryKind::kChoice,
            .label = std::move(label),
            .action = {command, argument},
            .checked = argument == chosen};
}

std::vector<Entry> how_found(const GameFacts& game) {
    if (game.source == "registered")
        return {text("how", tr("A program said that it is a game"))};
    std::vector<Entry> entries = {text("how", tr("Found by what it is and does"))};
    for (const std::string& sentence : game.evidence | std::views::take(kMaxEvidence))
        entries.push_back(
            text("evidence " + std::to_string(entries.size()), "    " + line(sentence)));
    return entries;
}

Entry game_entry(const GameFacts& game) {
    Entry entry = text(game.object, shown_name(game.name));
    entry.children = how_found(game);
    entry.children.push_back(
        text("since", trf("Since {}, process {}", moment(game.started), game.main_pid)));
    entry.children.push_back(separator("end of facts"));
    entry.children.push_back(
        command("ignore", tr("Treat as not a game"), Command::kIgnoreGame, game.object));
    return entry;
}

void add_games(std::vector<Entry>& menu, const std::vector<GameFacts>& games) {
    if (games.empty())
        return;
    menu.push_back(separator("before games"));
    const size_t shown = std::min(games.size(), kMaxGames);
    for (const GameFacts& game : games | std::views::take(shown))
        menu.push_back(game_entry(game));
    if (games.size() > shown)
        menu.push_back(text("more games", trn("and {} more", "and {} more", games.size() - shown)));
}

std::string mode_name(const std::string& mode) {
    if (mode == "auto")
        return tr("automatic");
    if (mode == "on")
        return tr("always on");
    return mode == "off" ? tr("off") : line(mode);
}

Entry mode_entry(const Facts& facts) {
    Entry entry = text("mode", trf("Gaming mode: {}", mode_name(facts.mode)));
    entry.children = {
        choice(tr("Automatic: while a game runs"), Command::kSetMode, "auto", facts.mode),
        choice(tr("Always on"), Command::kSetMode, "on", facts.mode),
        choice(tr("Off"), Command::kSetMode, "off", facts.mode)};
    return entry;
}

Entry profile_entry(const Facts& facts) {
    Entry entry = text("profile", trf("Profile: {}", shown_name(facts.profile)));
    for (const std::string& profile : facts.profiles)
        entry.children.push_back(
            choice(shown_name(profile), Command::kSetProfile, profile, facts.profile));
    return entry;
}

std::string what_follows(const std::string& action) {
    if (action == "retry")
        return tr("It is tried again after a while");
    return action == "stay-off" ? tr("It stays off: this has happened too often") : line(action);
}

void add_trip(std::vector<Entry>& menu, const Facts& facts) {
    if (facts.last_trip) {
        Entry entry = text("trip", trf("Scheduler last removed: {}", moment(facts.last_trip->at)));
        entry.children = {text("reason", line(facts.last_trip->reason)),
                          text("action", what_follows(facts.last_trip->action))};
        menu.push_back(std::move(entry));
    } else if (facts.reachable && facts.trips > 0) {
        menu.push_back(text("trips", trn("The scheduler was removed {} time",
                                         "The scheduler was removed {} times", facts.trips)));
    }
}

std::vector<Entry> menu_of(const Facts& facts, const Preferences& preferences) {
    std::vector<Entry> menu = {text("status", status_of(facts))};
    if (std::string reason = reason_of(facts); !reason.empty())
        menu.push_back(text("reason", std::move(reason)));
    if (facts.reachable) {
        add_games(menu, facts.games);
        menu.push_back(separator("before choices"));
        menu.push_back(mode_entry(facts));
        menu.push_back(profile_entry(facts));
    }
    add_trip(menu, facts);
    menu.push_back(separator("before preferences"));
    menu.push_back({.id = "notify",
                    .kind = EntryKind::kCheck,
                    .label = tr("Tell when a game starts"),
                    .action = {Command::kToggleNotify, ""},
                    .checked = preferences.notify_games});
    if (preferences.has_terminal)
        menu.push_back(command("monitor", tr("Open monitor"), Command::kMonitor));
    menu.push_back(command("quit", tr("Quit"), Command::kQuit));
    return menu;
}

}  // namespace

const char* icon_of(State state) {
    switch (state) {
        case State::kOff:
            return "gamesched-off-symbolic";
        case State::kGaming:
            return "gamesched-gaming-symbolic";
        case State::kTrouble:
            return "gamesched-trouble-symbolic";
    }
    return "";
}

std::string shown_name(const std::string& name) {
    std::string shown = client::clipped_columns(client::printable(name), kMaxNameColumns);
    return shown.empty() ? tr("(no name)") : shown;
}

View view_of(const Facts& facts, const Preferences& preferences) {
    return {
        .state = state_of(facts), .text = tooltip_of(facts), .menu = menu_of(facts, preferences)};
}

}  // namespace gamesched::tray

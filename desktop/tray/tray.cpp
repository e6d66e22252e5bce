// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/tray.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "desktop/tray/terminal.h"
#include "desktop/tray/translation.h"

namespace gamesched::tray {
namespace {

constexpr char kRules[] = "/etc/gamesched/games.d/ignore.toml";

std::string what_follows(const TripFacts& trip) {
    return trip.action == "retry"
               ? tr("Games go on under the kernel's own scheduler. It is tried again after a "
                    "while.")
               : tr("Games go on under the kernel's own scheduler. It stays off, because this has "
                    "happened too often.");
}

std::string how_to_keep(const std::optional<ProgramFacts>& program) {
    if (!program)
        return tr("This holds until it is started again.");
    const auto rule = rule_against(*program);
    if (!rule)
        return tr(
            "This holds until it is started again. No rule could tell it from other "
            "programs.");
    return trf(
        "This holds until it is started again. To keep it so, an administrator adds these "
        "lines to {} and runs “gamesched reload”:\n{}",
        kRules, *rule);
}

}  // namespace

Tray::Tray(GDBusConnection* session, std::function<void()> quit)
    : quit_(std::move(quit)),
      settings_(settings_file()),
      monitor_(in_terminal({"gamesched", "top"})),
      notifier_(session),
      menu_([this](const Action& action) { carry_out(action); }),
      item_(Item::create(session, kBusName, Menu::kPath)),
      service_({.changed = [this] { update_soon(); },
                .tripped = [this](const TripFacts& trip) { on_trip(trip); },
                .game_started = [this](const std::string& name) { on_game_started(name); }}) {}

Tray::~Tray() {
    if (idle_ != 0)
        g_source_remove(idle_);
}

void Tray::update_soon() {
    if (idle_ == 0)
        idle_ = g_idle_add(on_idle, this);
}

gboolean Tray::on_idle(gpointer data) noexcept {
    auto* const self = static_cast<Tray*>(data);
    self->idle_ = 0;
    self->update();
    return G_SOURCE_REMOVE;
}

void Tray::update() {
    const View view = view_of(service_.facts(), {.notify_games = settings_.notify_games(),
                                                 .has_terminal = !monitor_.empty()});
    menu_.show(view.menu);
    if (item_)
        item_->show(view.state, view.text);
}

// ------------------------------------------------------------------ what the menu offers

Service::Done Tray::complain(std::string what) {
    return [this, what = std::move(what)](const std::optional<CallError>& error) {
        if (error)
            notifier_.show({.topic = Topic::kAnswer, .summary = what, .body = sentence_of(*error)});
    };
}

void Tray::carry_out(const Action& action) {
    switch (action.command) {
        case Command::kNone:
            break;
        case Command::kSetMode:
            service_.set_mode(action.argument, complain(tr("Gaming mode stays as it was")));
            break;
        case Command::kSetProfile:
            service_.set_profile(action.argument, complain(tr("The profile stays as it was")));
            break;
        case Command::kIgnoreGame:
            ignore(action.argument);
            break;
        case Command::kToggleNotify:
            toggle_notify();
            break;
        case Command::kMonitor:
            start(monitor_);
            break;
        case Command::kQuit:
            quit_();
            break;
    }
}

void Tray::ignore(const std::string& object) {
    const std::vector<GameFacts> games = service_.facts().games;
    const auto game = std::ranges::find(games, object, &GameFacts::object);
    if (game == games.end())
        return;  // it has ended, and the menu is about to say so
    if (game->source == "registered")
        return end_as_game(*game, tr("This holds until a program says again that it is a game."));
    // While it is a game: what it is can be asked only as long as it runs.
    service_.ask_why(game->main_pid,
                     [this, game = *game](const std::optional<ProgramFacts>& program) {
                         end_as_game(game, how_to_keep(program));
                     });
}

void Tray::end_as_game(const GameFacts& game, const std::string& how_to_keep_it) {
    const std::string name = shown_name(game.name);
    service_.unregister_game(game.pid,
                             [this, name, how_to_keep_it](const std::optional<CallError>& error) {
                                 if (error)
                                     return complain(trf("“{}” is still a game", name))(error);
                                 notifier_.show({.topic = Topic::kAnswer,
                                                 .summary = trf("“{}” is no longer a game", name),
                                                 .body = how_to_keep_it,
                                                 .stays = true});
                             });
}

void Tray::toggle_notify() {
    const bool stored = settings_.set_notify_games(!settings_.notify_games());
    if (!stored)
        notifier_.show({.topic = Topic::kAnswer,
                        .summary = tr("The choice holds until the tray ends"),
                        .body = trf("It cannot be written to {}.", settings_file().string())});
    update_soon();
}

// ------------------------------------------------------------------ what the service says

void Tray::on_trip(const TripFacts& trip) {
    notifier_.show({.topic = Topic::kTrip,
                    .summary = tr("Scheduler removed"),
                    .body = client::clipped_columns(client::printable(trip.reason), 200) + "\n" +
                            what_follows(trip)});
}

void Tray::on_game_started(const std::string& name) {
    if (settings_.notify_games())
        notifier_.show(
            {.topic = Topic::kGame, .summary = tr("A game has started"), .body = shown_name(name)});
}

}  // namespace gamesched::tray

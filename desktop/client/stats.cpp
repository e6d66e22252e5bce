// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/stats.h"

#include "desktop/client/json.h"
#include "desktop/client/loop.h"
#include "desktop/client/prometheus.h"
#include "desktop/client/service.h"
#include "desktop/client/statistics.h"
#include "desktop/client/terminal.h"

#include "dbus/names.h"

#include <chrono>
#include <format>

namespace gamesched::client {
namespace {

// ------------------------------------------------------------------ one game

Result<int> show_game(const StatsCommand& command) {
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    const auto games = service->objects().transform(game_views);
    if (!games)
        return std::unexpected{games.error()};
    const GameView* game = find_game(*games, command.game);
    if (game == nullptr)
        return std::unexpected{
            problem_of_error(names::kErrorNoSuchGame,
                             std::format("there is no game \"{}\"", printable(command.game)))};
    const auto stats = service->game_stats(game->id);
    if (!stats)
        return std::unexpected{stats.error()};
    if (command.json)
        say(json_document(json_of(*stats)));
    else
        print(game_stats_page(*game, *stats));
    return kExitOk;
}

// ------------------------------------------------------------------ Prometheus

// Without the games of which nothing is known.
Result<int> show_prometheus() {
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    const auto stats = service->stats();
    if (!stats)
        return std::unexpected{stats.error()};
    const auto games = service->objects().transform(game_views);
    if (!games)
        return std::unexpected{games.error()};
    std::vector<GameStats> of_games;
    for (const GameView& game : *games) {
        if (auto of_game = service->game_stats(game.id))
            of_games.push_back({game, std::move(*of_game)});
    }
    std::string text = prometheus_text(*stats, of_games);
    text.pop_back();  // say() ends the line
    say(text);
    return kExitOk;
}

// ------------------------------------------------------------------ again and again

class Watch {
  public:
    explicit Watch(const StatsCommand& command)
        : json_(command.json),
          interval_msec_(static_cast<std::uint32_t>(*command.watch_seconds * 1000)) {}

    Result<int> run() {
        const BlockedSignals blocked{SIGINT, SIGTERM};
        auto service = Service::connect_to_read();
        if (!service)
            return std::unexpected{std::move(service).error()};
        auto loop = Loop::create_interruptible();
        if (!loop)
            return std::unexpected{std::move(loop).error()};
        const auto subscribed =
            service->on_updated([this](auto& all) { print(all); })
                .and_then([&] { return go_on_after_restarts(*service, **loop); })
                .and_then([&] { return service->stats(); })
                .transform([this](const Options& stats) { print(stats); })
                .and_then([&] { return service->subscribe(interval_msec_); });
        if (!subscribed)
            return std::unexpected{subscribed.error()};
        return (*loop)->run();
    }

  private:
    Result<void> go_on_after_restarts(Service& service, Loop& loop) const {
        return service
            .on_presence_changed([this, &service, &loop](bool present) {
                if (!present)
                    return warn("gameschedd has left the bus; waiting for it");
                if (const auto again = service.subscribe(interval_msec_); !again)
                    loop.leave(fail(again.error()));
            })
            .and_then([&] {
                return loop.attach(service, [&loop] {
                    loop.leave(fail({kExitUnreachable, "the system bus has gone"}));
                });
            });
    }

    void print(const Options& stats) const {
        const WallTime now = wall_now();
        if (json_) {
            Json line = {{"Time", timestamp(now)}};
            line.update(json_of(stats));
            return say(json_line(line));
        }
        say(time_of_day(now));
        client::print(stats_page(stats));
        say("");
    }

    bool json_;
    std::uint32_t interval_msec_;
};

Result<int> show_once(const StatsCommand& command) {
    const auto stats =
        Service::connect_to_read().and_then([](Service service) { return service.stats(); });
    if (!stats)
        return std::unexpected{stats.error()};
    if (command.json)
        say(json_document(json_of(*stats)));
    else
        print(stats_page(*stats));
    return kExitOk;
}

Result<int> show_any(const StatsCommand& command) {
    if (command.prometheus)
        return show_prometheus();
    if (command.watch_seconds)
        return Watch{command}.run();
    return command.game.empty() ? show_once(command) : show_game(command);
}

}  // namespace

int show(const StatsCommand& command) {
    const auto exit_code = show_any(command);
    return exit_code ? *exit_code : fail(exit_code.error());
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/agent.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "desktop/agent/played.h"
#include "desktop/bus/connection.h"

namespace gamesched::agent {

Agent::Agent(Loop& loop)
    : loop_(loop),
      system_(sdbus::createSystemBusConnection()),
      titles_(*system_, Places::of_environment()),
      focus_(loop, *system_, [this](const std::string& app_id) { return owner_of_window(app_id); }),
      games_(*system_, {.found = [this](const sdbus::ObjectPath& path,
                                        const Game& game) { on_found(path, game); },
                        .gone = [this](const sdbus::ObjectPath& path) { on_gone(path); },
                        .changed = [this](size_t count) { focus_.on_games(count); }}) {
    desktop::attach(*system_, loop_.get(), [this] { loop_.exit(EXIT_SUCCESS); });
}

void Agent::on_found(const sdbus::ObjectPath& path, const Game& game) {
    titles_.on_found(path, game);
    if (weights_)
        weights_->on_found(path, game);
}

void Agent::on_gone(const sdbus::ObjectPath& path) {
    titles_.on_gone(path);
    if (weights_)
        weights_->on_gone(path);
}

pid_t Agent::owner_of_window(const std::string& app_id) const {
    for (const auto& [path, game] : games_.all())
        if (game.user == getuid() && is_window_of(app_id, played_by(game)))
            return game.main_pid;
    return 0;
}

int Agent::run() {
    const auto term = loop_.on_signal(SIGTERM, [this] { loop_.exit(EXIT_SUCCESS); });
    const auto interrupt = loop_.on_signal(SIGINT, [this] { loop_.exit(EXIT_SUCCESS); });
    return serve_session() ? loop_.run() : EXIT_SUCCESS;
}

bool Agent::serve_session() {
    try {
        session_.emplace(ServedBus::of_session());
    } catch (const sdbus::Error& error) {
        spdlog::info("No compositor can say which window has the focus: {}", error.getMessage());
        return true;
    }
    try {
        object_.emplace(**session_, focus_);
    } catch (const sdbus::Error& error) {
        spdlog::info("Another gamesched-agent serves this session: {}", error.getMessage());
        return false;
    }
    desktop::attach(**session_, loop_.get(), [this] { loop_.exit(EXIT_SUCCESS); });
    weights_.emplace(*system_, **session_, Places::of_environment().runtime / "gamesched");
    return true;
}

}  // namespace gamesched::agent

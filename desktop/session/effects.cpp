// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/effects.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "desktop/session/threads.h"

namespace gamesched::session {

Effects::Effects(Loop& loop, sdbus::IConnection& session_bus)
    : screensaver_(session_bus), scripts_(loop) {}

void Effects::enter(std::function<void()> done) {
    screensaver_.set_inhibited(config_.inhibit_screensaver);
    scripts_.run(config_.start_scripts, config_.script_timeout, std::move(done));
}

void Effects::leave(std::function<void()> done) {
    screensaver_.set_inhibited(false);
    scripts_.run(config_.end_scripts, config_.script_timeout, std::move(done));
}

void Effects::apply_to(pid_t game) {
    if (config_.ioprio)
        set_io_level(game, *config_.ioprio);
    if (config_.nice == 0 || set_nice(game, config_.nice) || told_about_nice_)
        return;
    told_about_nice_ = true;
    spdlog::warn(
        "gamemode.ini: renice {}: this user may not lower nice values (see \"nice\" in "
        "limits.conf(5)); games keep theirs",
        config_.nice);
}

void Effects::undo_for(pid_t game) {
    if (config_.ioprio)
        reset_io_level(game, *config_.ioprio);
    if (config_.nice != 0)
        reset_nice(game, config_.nice);
}

}  // namespace gamesched::session

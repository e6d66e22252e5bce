// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `top` shows: the service at one moment and what has happened since the moment before, as
// lines for a screen of a given size. What has no room is cut; nothing is moved for it, but games
// lose the lines of their roles before a game is left out. Pure.

#pragma once

#include "desktop/client/rates.h"
#include "desktop/client/snapshot.h"

#include <ftxui/screen/screen.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched::client {

struct MonitoredGame {
    GameView game;
    std::string user;
    std::optional<Options> stats;  // as of org.gamesched1.Game.GetStats, if there is any
};

// As of org.gamesched1.Scheduler.WatchdogTripped.
struct TripView {
    WallTime when;
    std::string kind;
    std::string reason;
    Usec stalled{};
    std::string action;
};

struct MonitorView {
    WallTime now;
    std::string keys;  // what can be done here, for the end of the first line
    bool colours = true;
    bool present = true;
    ManagerView manager;
    SchedulerView scheduler;
    std::optional<TripView> trip;
    std::vector<MonitoredGame> games;
    Options stats;               // as of org.gamesched1.Stats.Get
    std::optional<Rates> rates;  // up to `stats`
};

struct ScreenSize {
    int width = 80;
    int height = 24;
};

// Room for everything, whatever there is.
inline constexpr int kAnyHeight = -1;

ftxui::Screen monitor_screen(const MonitorView& view, ScreenSize size);

// The characters of a screen alone, without the spaces at the ends of lines.
std::vector<std::string> plain_lines(const ftxui::Screen& screen);

// At most `limit` columns of `text` as a terminal shows it, where some characters take two; what is
// cut off is shown as "…".
std::string clipped_cells(std::string_view text, std::size_t limit);

}  // namespace gamesched::client

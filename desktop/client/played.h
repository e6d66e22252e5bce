// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Games that have ended, as `report` shows them: a list, one of them as text, or as a page for a
// browser. Pure but for the time zone.

#pragma once

#include "desktop/client/report.h"
#include "desktop/client/snapshot.h"

#include <string>
#include <vector>

namespace gamesched::client {

// As of org.gamesched1.Stats.GetHistory.
struct PlayedView {
    std::string name;
    std::string app_id;
    std::string executable;
    std::string source;
    std::string profile;
    std::string cause;
    WallTime started;
    Usec duration{};
    // Waits, WaitsByRole, WorstWait, Counted; none of them if the scheduler was not attached.
    // Frames and LateFrames, where known.
    Options stats;
};

PlayedView played_view(const Options& game);

// `games`: the newest first, and numbered from 1 in that order.
Lines played_list(const std::vector<PlayedView>& games);
Lines played_page(const PlayedView& game);
// One file that needs no other: text, tables and a drawing (SVG).
std::string played_html(const PlayedView& game);

// By its number in the list, by "last", or by its name or a part of it, whatever the case; the
// newest of several. Null if there is none.
const PlayedView* find_played(const std::vector<PlayedView>& games, const std::string& which);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Counters and histograms in the text format of Prometheus, for node_exporter's textfile collector.
// Pure.
//
// Histograms have the same bounds whatever was counted, since Prometheus takes each bound for a
// series of its own: a bound is every fourth of the service's, a power of two in microseconds.

#pragma once

#include "desktop/client/snapshot.h"

#include <string>
#include <vector>

namespace gamesched::client {

struct GameStats {
    GameView game;
    Options stats;  // as of org.gamesched1.Game.GetStats
};

// `stats`: as of org.gamesched1.Stats.Get. What is not there, or not known here, is left out.
std::string prometheus_text(const Options& stats, const std::vector<GameStats>& games);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What happened between two answers of org.gamesched1.Stats, whose figures only grow. Pure.

#pragma once

#include "desktop/client/statistics.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched::client {

// How much of the time a CPU has run threads, 0 to 1: real-time threads do not count.
struct CpuUse {
    double games = 0;
    double all = 0;
};

class Rates {
  public:
    // `elapsed`: the time between the two.
    Rates(Options before, Options now, std::chrono::duration<double> elapsed);

    // Of a counter; nothing if it is not in both, or was begun afresh in between.
    std::optional<double> per_second(const std::string& counter) const;

    // The waits of a class: how many a second, nothing as above, and the percentiles of those.
    std::optional<double> waits_per_second(std::string_view name) const;
    TimesView waits(std::string_view name) const;

    // By CPU. None as above.
    std::vector<CpuUse> cpus() const;

    std::chrono::duration<double> elapsed() const { return elapsed_; }

  private:
    Options before_;
    Options now_;
    std::chrono::duration<double> elapsed_;
};

// As of org.gamesched1.Stats, WaitsByClass.
TimesView waits_of_class(const Options& stats, std::string_view name);

// What `now` has counted beyond `before`; nothing if it was begun afresh. The longest is not known:
// it is the end of the last bucket that has grown.
TimesView growth(const TimesView& before, const TimesView& now);

}  // namespace gamesched::client

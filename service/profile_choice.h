// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which profile is in force: that of the game that the user looks at, or of the newest running game
// that names one, otherwise the one that
// was chosen on the bus, otherwise the configuration's. A profile that does not exist (a reload may
// have taken it away) counts as none.

#pragma once

#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "service/scheduler/profiles.h"

namespace gamesched {

class ProfileChoice {
  public:
    // Empty: nothing is chosen.
    void choose(std::string name) { chosen_ = std::move(name); }
    const std::string& chosen() const { return chosen_; }

    // `of_games`: one for each running game, the one that counts most last; empty for a game that
    // names none.
    std::string in_force(const Profiles& profiles, const std::string& configured,
                         const std::vector<std::string>& of_games) const {
        for (const std::string& wanted : of_games | std::views::reverse)
            if (profiles.has(wanted))
                return wanted;
        if (profiles.has(chosen_))
            return chosen_;
        return profiles.has(configured) ? configured : Profiles::kStandard;
    }

  private:
    std::string chosen_;
};

}  // namespace gamesched

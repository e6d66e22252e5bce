// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Profiles: named sets of tunables. Each is a list of differences from the defaults; what it does
// not name has its default.
//
// The built-in ones exist always; the configuration changes them and adds others. Which one is in
// force is decided elsewhere (profile_choice).

#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/error.h"
#include "service/scheduler/tunables.h"

namespace gamesched {

class Profiles {
  public:
    static constexpr size_t kMaxProfiles = 32;  // with the built-in ones
    static constexpr size_t kMaxNameBytes = 32;
    static constexpr char kStandard[] = "balanced";  // no differences

    // The built-in ones.
    Profiles();

    // Letters, digits, "-" and "_".
    static bool is_name(std::string_view text);

    // kNoSuchProfile
    Result<void> check(std::string_view name) const;
    // The same for a client's wish, where empty means none.
    Result<void> check_wish(std::string_view name) const;
    bool has(std::string_view name) const { return profiles_.contains(name); }
    // In the order of the alphabet.
    std::vector<std::string> names() const;

    // The differences of a profile, which is made if it is new. Null if it cannot be made: its name
    // is none, or there are too many.
    TunableValues* edit(std::string_view name);

    // Defaults, then the profile, then `over`. A profile that does not exist has no differences.
    gs_tunables tunables(std::string_view name, const TunableValues& over) const;

  private:
    std::map<std::string, TunableValues, std::less<>> profiles_;
};

}  // namespace gamesched

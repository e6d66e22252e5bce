// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The administrator's and the distribution's word on single games: TOML files in games.d below
// /usr/share/gamesched and /etc/gamesched. A file in a later directory replaces the one of the same
// name in an earlier one; among files the later name comes first, and in a file the earlier rule.
//
//     [[game]]
//     app-id = "367520"           # matches when all that is given does
//     executable = "hollow_knight*"   # pattern of the program's file name, whatever its case
//     path = "/opt/games/*"       # pattern of its whole path
//     cgroup = "app-*-supertux2-*"    # pattern of the last component of its control group
//     name = "Hollow Knight"      # sets: what people call it
//     profile = "esports"         # sets: the profile that is in force while it runs
//     ignore = true               # is no game, and what it starts below it neither

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "service/base/error.h"

namespace gamesched {

struct Rule {
    std::string app_id;
    std::string executable;
    std::string path;
    std::string cgroup;

    std::string name;
    std::string profile;
    bool ignore = false;

    std::string place;  // FILE:LINE
};

// What rules are compared with.
struct RuleSubject {
    std::string app_id;
    std::string executable;
    std::string path;
    std::string cgroup;  // the last component
};

class Rules {
  public:
    static constexpr size_t kMaxRules = 4096;

    // kInvalidConfiguration names file, line and key.
    static Result<Rules> load(const std::vector<std::filesystem::path>& directories);

    // One file's text, after those that are there; nothing changes if it is wrong.
    Result<void> add_toml(std::string_view text, std::string_view file);

    // The first that matches; null if none does.
    const Rule* find(const RuleSubject& subject) const;

    // Patterns of names that are no patterns: what to look out for.
    std::vector<std::string> executables() const;
    const std::vector<Rule>& all() const { return rules_; }

  private:
    std::vector<Rule> rules_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What people read of the service's state: the pages of `status`, `games`, `profile`, `stats` and
// `tune`. Pure.

#pragma once

#include "desktop/client/json.h"
#include "desktop/client/snapshot.h"

#include <functional>
#include <string>
#include <vector>

namespace gamesched::client {

using Lines = std::vector<std::string>;
using UserName = std::function<std::string(std::uint32_t uid)>;

struct StatusView {
    ManagerView manager;
    SchedulerView scheduler;
    std::vector<GameView> games;
};

// The words of the page that say whether all is well are passed through these.
struct Emphasis {
    using Function = std::function<std::string(const std::string&)>;
    Function good;
    Function warning;
    Function bad;
};

Lines status_page(const StatusView& view, bool all_features, WallTime now, const UserName& user,
                  const Emphasis& emphasis);

// A table, or one line that says that there are none.
Lines games_page(const std::vector<GameView>& games, WallTime now, const UserName& user);

// All profiles, the one in force marked, and why it is.
Lines profile_page(const ManagerView& manager, const std::vector<GameView>& games);

// What to say when a profile was chosen and a game's own stays in force; empty if none does.
std::string profile_remark(const std::string& chosen, const ManagerView& manager,
                           const std::vector<GameView>& games);

// One "name  value" line for each entry, values aligned to the right.
Lines values_page(const Options& values);

Json profile_json(const ManagerView& manager);
Json status_json(const Properties& manager, const Properties& scheduler, const Objects& objects);
Json games_json(const Objects& objects);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What people read of the service's state: the pages of `status`, `games`, `stats` and `tune`.
// Pure.

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

// One "name  value" line for each entry, values aligned to the right.
Lines values_page(const Options& values);

Json status_json(const Properties& manager, const Properties& scheduler, const Objects& objects);
Json games_json(const Objects& objects);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/played.h"

#include <algorithm>

#include "desktop/agent/steam.h"
#include "desktop/agent/vdf.h"
#include "service/base/process.h"
#include "service/detection/entries.h"
#include "service/detection/programs.h"
#include "service/detection/scope.h"

namespace gamesched::agent {
namespace {

void add_process(pid_t pid, Played& played) {
    const ProcessFacts process = {.pid = pid,
                                  .comm = comm_of(pid),
                                  .executable = executable_of(pid),
                                  .arguments = arguments_of(pid)};
    played.programs.push_back(program_of(process).path);
    for (const std::string& argument : process.arguments)
        if (argument.starts_with('/'))
            played.paths.push_back(argument);
}

}  // namespace

Played played_by(const Game& game) {
    constexpr const char* kVariables[] = {"SteamAppId", "FLATPAK_ID"};
    const pid_t pid = game.main_pid != 0 ? game.main_pid : game.pid;
    auto environment = environment_of(pid, kVariables);
    Played played = {.app_id = game.app_id,
                     .flatpak_id = environment["FLATPAK_ID"],
                     .scope = last_component(cgroup_of(pid)),
                     .programs = {},
                     .paths = {}};
    if (played.app_id.empty() && is_app_id(environment["SteamAppId"]))
        played.app_id = environment["SteamAppId"];
    add_process(pid, played);
    if (pid != game.pid)
        add_process(game.pid, played);
    played.programs.push_back(game.executable);
    played.paths.insert(played.paths.end(), played.programs.begin(), played.programs.end());
    return played;
}

bool is_window_of(const std::string& window, const Played& played) {
    constexpr std::string_view kSteam = "steam_app_";
    if (window.starts_with(kSteam))
        return window.substr(kSteam.size()) == played.app_id;
    // The launcher's own window is not that of a game in its scope.
    if (window.empty() || is_launcher_entry({.id = window, .program = window}))
        return false;
    const auto is_it = [&](const std::string& name) { return is_key(name, window); };
    const auto is_its_program = [&](const std::string& path) { return is_it(base_name(path)); };
    return is_it(played.flatpak_id) || std::ranges::any_of(played.programs, is_its_program) ||
           std::ranges::any_of(entry_ids_of(played.scope), is_it);
}

}  // namespace gamesched::agent

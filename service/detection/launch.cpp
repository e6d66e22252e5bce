// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/launch.h"

#include <algorithm>
#include <span>

#include "service/detection/programs.h"

namespace gamesched {
namespace {

// What Steam runs before the first start of a game goes by the game's AppId, too.
bool is_installer(std::span<const std::string> command) {
    return std::ranges::any_of(command, [](const std::string& argument) {
        const Program program = {.path = argument, .name = base_name(argument)};
        return kind_of(program, {}) == ProgramKind::kHelper;
    });
}

}  // namespace

std::optional<Launch> judge_launcher(const std::vector<std::string>& arguments) {
    std::optional<Launch> launch;
    bool verb = false;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (argument == "--")
            return launch && is_installer(std::span(arguments).subspan(i + 1)) ? std::nullopt
                                                                               : launch;
        if (verb && argument == "Install=1")
            return std::nullopt;
        if (argument == "SteamLaunch")
            verb = true;
        else if (verb && argument.starts_with("AppId=") && argument.size() > 6)
            launch = Launch{argument.substr(6)};
    }
    return launch;
}

}  // namespace gamesched

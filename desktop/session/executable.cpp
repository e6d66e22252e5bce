// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/executable.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <format>
#include <vector>

#include "service/base/process.h"

namespace gamesched::session {
namespace {

constexpr std::array<std::string_view, 4> kWine = {"wine-preloader", "wine64-preloader", "wine",
                                                   "wine64"};

constexpr std::array<const char*, 2> kVariables = {"WINEPREFIX", "HOME"};

// What a process of our user's calls itself, for when the kernel does not let us look at it:
// pam_systemd gives sessions at a seat a capability (CAP_WAKE_ALARM) that the user's services do
// not have, and whoever has more may not be looked at (ptrace(2), "Ptrace access mode checking").
std::string name_for_itself(pid_t pid) {
    const auto status = status_of(pid);
    if (!status || status->user != getuid())
        return "";
    const std::vector<std::string> arguments = arguments_of(pid);
    return arguments.empty() ? comm_of(pid) : arguments.front();
}

}  // namespace

bool is_wine(std::string_view executable) {
    return std::ranges::contains(kWine, executable.substr(executable.rfind('/') + 1));
}

std::optional<std::string> path_of_windows(std::string_view path, std::string_view prefix) {
    if (path.size() < 3 || path[1] != ':' || (path[2] != '\\' && path[2] != '/') ||
        std::isalpha(static_cast<unsigned char>(path[0])) == 0)
        return std::nullopt;
    const char drive = static_cast<char>(std::tolower(static_cast<unsigned char>(path[0])));
    std::string below(path.substr(2));
    std::ranges::replace(below, '\\', '/');
    if (drive == 'z')
        return below;
    if (drive == 'c')
        return std::format("{}/drive_c{}", prefix, below);
    return std::format("{}/dosdevices/{}:{}", prefix, drive, below);
}

std::string wine_prefix(const std::map<std::string, std::string>& environment) {
    if (const auto prefix = environment.find("WINEPREFIX");
        prefix != environment.end() && !prefix->second.empty())
        return prefix->second;
    const auto home = environment.find("HOME");
    return std::format("{}/.wine", home == environment.end() ? "" : home->second);
}

std::optional<std::string> find_executable(pid_t pid) {
    std::string executable = executable_of(pid);
    if (executable.empty())
        executable = name_for_itself(pid);
    if (executable.empty())
        return std::nullopt;
    if (!is_wine(executable))
        return executable;
    const std::string prefix = wine_prefix(environment_of(pid, kVariables));
    for (const std::string& argument : arguments_of(pid))
        if (auto path = path_of_windows(argument, prefix))
            return path;
    return executable;
}

}  // namespace gamesched::session

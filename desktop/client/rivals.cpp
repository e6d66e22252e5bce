// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/rivals.h"

#include <algorithm>
#include <format>

namespace gamesched::client {
namespace {

constexpr std::size_t kNameLength = 15;  // TASK_COMM_LEN without the terminating zero

constexpr char kRules[] =
    "sets nice values, I/O priorities and control groups by its own rules: outside of games they "
    "decide who waits";

constexpr std::array kRivals{
    Rival{"ananicy-cpp", kRules, true, {"ananicy-cpp.service", ""}},
    Rival{"ananicy", kRules, true, {"ananicy.service", ""}},
    Rival{"system76-scheduler",
          "sets nice values of foreground, background and games: outside of games they decide who "
          "waits",
          true,
          {"com.system76.Scheduler.service", ""}},
    Rival{"falcond",
          "switches the sched_ext scheduler and the power profile when a game starts: the kernel "
          "has room for one scheduler",
          true,
          {"falcond.service", ""}},
    Rival{"gamemoded",
          "is GameMode's own service: games that reach it are not told to gamesched",
          true,
          {"gamemoded.service", ""}},
    Rival{"scx_loader",
          "starts other sched_ext schedulers when asked: the kernel has room for one, and "
          "gamesched waits while it is taken",
          false,
          {"scx_loader.service", ""}},
    Rival{"uresourced",
          "gives control groups of the active user and of games a larger weight, which gamesched "
          "honours outside of games",
          false,
          {"uresourced.service", ""}},
};

// Any scheduler of the collection scx: scx_lavd, scx_bpfland, …
constexpr std::string_view kSchedulerPrefix = "scx_";
constexpr Rival kScheduler{
    "scx_",
    "runs another sched_ext scheduler: the kernel has room for one, and gamesched waits until it "
    "has gone",
    true,
    {"scx.service", "scx_loader.service"}};

bool runs(std::string_view unit, const Rival& rival) {
    return !unit.empty() && std::ranges::contains(rival.units, unit);
}

}  // namespace

bool is_name_of(std::string_view process, std::string_view program) {
    return process == program || process == program.substr(0, kNameLength);
}

const Rival* find_rival(std::string_view process) {
    const auto found = std::ranges::find_if(
        kRivals, [&](const Rival& rival) { return is_name_of(process, rival.program); });
    if (found != kRivals.end())
        return &*found;
    return process.starts_with(kSchedulerPrefix) ? &kScheduler : nullptr;
}

std::string end_command(const RivalProcess& process) {
    if (runs(process.user_unit, *process.rival))
        return std::format("systemctl --user disable --now {}", process.user_unit);
    if (runs(process.unit, *process.rival))
        return std::format("systemctl disable --now {}", process.unit);
    return std::format("kill {}", process.pid);
}

}  // namespace gamesched::client

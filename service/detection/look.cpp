// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/look.h"

#include "service/base/process.h"

namespace gamesched {
namespace {

std::optional<ProcessFacts> facts_of(pid_t pid) {
    const auto start_time = start_time_of(pid);
    const auto status = status_of(pid);
    if (!start_time || !status)
        return std::nullopt;
    ProcessFacts facts = {.pid = pid,
                          .start_time = *start_time,
                          .user = status->user,
                          .comm = comm_of(pid),
                          .executable = executable_of(pid),
                          .arguments = arguments_of(pid),
                          .steam_app_id = "",
                          .cgroup = cgroup_of(pid),
                          .gpu = false,
                          .threads = status->threads,
                          .memory_mib = status->memory_mib};
    // Otherwise another process has its PID by now, and some of that may be the other's.
    if (start_time_of(pid) != start_time)
        return std::nullopt;
    return facts;
}

}  // namespace

std::optional<Candidate> look_at(pid_t pid, const Inspector* inspector) {
    auto self = facts_of(pid);
    if (!self)
        return std::nullopt;
    self->gpu = inspector && inspector->uses_gpu(pid);
    Candidate candidate = {.self = std::move(*self), .ancestors = {}};
    for (auto parent = parent_of(pid);
         parent && *parent > 1 && candidate.ancestors.size() < kMaxAncestors;
         parent = parent_of(*parent)) {
        auto facts = facts_of(*parent);
        if (!facts)
            break;
        candidate.ancestors.push_back(std::move(*facts));
    }
    return candidate;
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/look.h"

#include <algorithm>
#include <filesystem>
#include <string_view>

#include "service/base/process.h"

namespace gamesched {
namespace {

constexpr size_t kMaxDescriptors = 1024;  // of a process that are looked at

bool is_gpu(std::string_view path) {
    constexpr std::string_view kNvidia = "/dev/nvidia";
    if (path.starts_with(kNvidia))
        return path.size() > kNvidia.size() && path[kNvidia.size()] >= '0' &&
               path[kNvidia.size()] <= '9';
    return path.starts_with("/dev/dri/render") || path.starts_with("/dev/dri/card");
}

std::optional<ProcessFacts> facts_of(pid_t pid) {
    const auto status = status_of(pid);
    if (!status)
        return std::nullopt;
    return ProcessFacts{.pid = pid,
                        .user = status->user,
                        .comm = comm_of(pid),
                        .executable = executable_of(pid),
                        .arguments = arguments_of(pid),
                        .environment = environment_of(pid, kEnvironmentKeys),
                        .cgroup = cgroup_of(pid),
                        .gpu = false,
                        .threads = status->threads,
                        .memory_mib = status->memory_mib};
}

}  // namespace

bool uses_gpu(pid_t pid) {
    std::error_code error;
    size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path("/proc") / std::to_string(pid) / "fd", error)) {
        std::error_code gone;
        if (is_gpu(std::filesystem::read_symlink(entry.path(), gone).string()))
            return true;
        if (++seen == kMaxDescriptors)
            break;
    }
    return false;
}

std::optional<Candidate> look_at(pid_t pid) {
    auto self = facts_of(pid);
    if (!self)
        return std::nullopt;
    self->gpu = uses_gpu(pid);
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

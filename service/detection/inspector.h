// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What /proc tells only to a process's owner and to those who may read everybody's files, which the
// service may not: its environment, and whether it has a GPU open. The kernel's own iterators
// (bpf/inspect.bpf.c) tell it to whoever may load BPF programs.

#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>

#include "service/base/error.h"

struct inspect_bpf;

namespace gamesched {

class Inspector {
  public:
    static Result<std::unique_ptr<Inspector>> create();
    ~Inspector();

    // The variables of these names that the process has. Empty if it has gone.
    std::map<std::string, std::string> environment_of(pid_t pid,
                                                      std::span<const char* const> names) const;
    bool uses_gpu(pid_t pid) const;
    // All processes that have a GPU open.
    std::set<pid_t> gpu_users() const;

  private:
    struct SkeletonDeleter {
        void operator()(inspect_bpf* skeleton) const;
    };

    Inspector() = default;

    std::unique_ptr<inspect_bpf, SkeletonDeleter> skeleton_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What /proc tells only to a process's owner and to those who may read everybody's files, which the
// service may not: whether it has a GPU open. An iterator of the kernel's (bpf/inspect.bpf.c) tells
// it to whoever may load BPF programs.

#pragma once

#include <sys/types.h>

#include <memory>
#include <set>

#include "service/base/error.h"

struct inspect_bpf;

namespace gamesched {

class Inspector {
  public:
    static Result<std::unique_ptr<Inspector>> create();
    ~Inspector();

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

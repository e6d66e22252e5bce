// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The scheduler's hooks into the kernel beside its operations: where facts about threads come from
// (bpf/facts.bpf.h). Each is optional; what cannot be had is a feature with a reason.

#pragma once

#include <vector>

#include "service/base/bpf_link.h"
#include "service/scheduler/kernel.h"

struct sched_bpf;

namespace gamesched {

class Hooks {
  public:
    // Before the skeleton is loaded: leaves out the programs that this kernel would refuse.
    static void choose(sched_bpf& skeleton, const KernelSupport& support);

    // After the scheduler is attached. What a module offers is looked for each time, since modules
    // come and go; `features` gets one entry for each hook.
    void attach(sched_bpf& skeleton, Features& features);
    void detach();

  private:
    struct Function;  // of a module

    Features::mapped_type attach_function(sched_bpf& skeleton, const Function& function);
    Features::mapped_type keep(bpf_link* link, const char* what);

    std::vector<BpfLink> links_;
};

}  // namespace gamesched

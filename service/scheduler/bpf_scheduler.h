// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The real backend: bpf/sched.bpf.c, loaded anew for each attachment, so that nothing of it is in
// the kernel while no game runs and the topology and hotplug number are those of the moment.

#pragma once

#include <functional>
#include <memory>

#include "service/base/bpf_link.h"
#include "service/games/lifecycle.h"
#include "service/scheduler/backend.h"
#include "service/scheduler/hooks.h"

struct sched_bpf;

namespace gamesched {

class BpfScheduler final : public SchedulerBackend {
  public:
    // `lifecycle` may be null; the scheduler is unsupported then. It must outlive this.
    BpfScheduler(Lifecycle* lifecycle, const std::string& why_no_lifecycle);
    ~BpfScheduler() override;

    const KernelSupport& support() const override { return support_; }
    SchedExtStatus status() const override { return read_sched_ext(); }
    Result<uint64_t> attach(const gs_tunables& tunables) override;
    void detach() override;
    void unload() override;
    void deliver_events() override;
    std::string dump() const override;
    void set_tunables(const gs_tunables& tunables) override;
    void set_focus(uint64_t tree) override;
    void set_games(std::vector<uint64_t> trees) override;
    std::optional<SchedulerCounters> counters() const override;
    Result<GameTimes> game_times(uint64_t tree) const override;
    Result<ThreadsByRole> count_threads(uint64_t tree) const override;
    Result<ThreadFacts> thread(pid_t tid) const override;

    // From the next attachment on.
    void set_session(SessionNames names) { session_ = std::move(names); }

  private:
    struct SkeletonDeleter {
        void operator()(sched_bpf* skeleton) const;
    };

    Lifecycle* lifecycle_;
    KernelSupport support_;
    SessionNames session_;
    uint64_t focus_ = 0;
    std::vector<uint64_t> games_;
    uint64_t instances_ = 0;
    uint32_t nr_cpus_ = 0;
    // The links go before what they link.
    std::unique_ptr<sched_bpf, SkeletonDeleter> skeleton_;
    Hooks hooks_;
    BpfLink link_;
};

}  // namespace gamesched

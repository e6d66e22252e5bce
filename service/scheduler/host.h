// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The scheduler's life: attached while it is wanted, detached a little after it is not, and always
// truthful about which of the states of the contract is the case.
//
// It does not know games or clients: somebody says whether the scheduler is wanted. It never
// touches a foreign scheduler.

#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "service/base/loop.h"
#include "service/scheduler/backend.h"
#include "service/scheduler/past.h"
#include "service/scheduler/retry.h"

namespace gamesched {

enum class SchedulerState { kUnsupported, kDetached, kAttaching, kAttached, kEjected, kForeign };

// As on the bus.
const char* to_string(SchedulerState state);

struct Trip {
    std::string kind;  // "stall", "error", "sysrq", "kernel", "service"
    std::string reason;
    std::string action;  // "retry", "stay-off"
    std::chrono::microseconds stalled{};
};

class SchedulerHost {
  public:
    struct Observer {
        std::function<void()> changed;  // state, reason, name or tunables
        std::function<void(const Trip&)> tripped;
    };

    SchedulerHost(Loop& loop, SchedulerBackend& backend, RetryPolicy policy = RetryPolicy());
    ~SchedulerHost();

    void observe(Observer observer) { observer_ = std::move(observer); }

    // Effective on return: attached, or reason() says why not. Detaching happens after the linger.
    void set_wanted(bool wanted);
    void set_linger(std::chrono::microseconds linger) { linger_ = linger; }
    // How long it stays off after too many trips; 0: until restart(). Without too many, for the
    // delay of the RetryPolicy. Until then the state is ejected, wanted or not.
    void set_stay_off(std::chrono::microseconds stay_off) { stay_off_ = stay_off; }
    // Detaches now if it only lingers.
    void end_linger();

    // Forgets trips and tries at once.
    Result<void> restart();

    // What the next life is to know, and what a previous one has left. resume() comes before
    // anybody wants it; to have ended while it was attached is a trip.
    SchedulerPast past() const;
    void resume(SchedulerPast past);
    // At the end of this life, and in order: that it was attached is no trip. With `forgets`, those
    // before are none either. Nobody is told.
    void end(bool forgets);

    // From the kernel: an exit record, or a hint that /sys/kernel/sched_ext may have changed.
    void on_exit(const ExitRecord& record);
    void on_kernel_change();

    Result<void> set_tunable(std::string_view name, uint64_t value);
    void set_tunables(const gs_tunables& tunables);
    const gs_tunables& tunables() const { return tunables_; }

    SchedulerState state() const { return state_; }
    const std::string& reason() const { return reason_; }
    std::string name() const;
    std::chrono::microseconds since() const { return since_; }  // CLOCK_REALTIME
    uint32_t trips() const { return trips_; }

  private:
    void enter(SchedulerState state, std::string reason = "");
    void attach();
    void detach();
    bool yield_to_foreign();
    void check_attached();
    void retry_after(std::chrono::microseconds delay);
    void on_ejected(const ExitRecord& record);
    void on_trip(Trip trip);
    void forget_trips();
    void on_kernels_wish(const ExitRecord& record);
    void keep_off(std::string why);
    bool is_kept_off() const;
    std::string for_how_long() const;
    void rest();

    Loop& loop_;
    SchedulerBackend& backend_;
    Observer observer_;
    gs_tunables tunables_;
    std::chrono::microseconds linger_ = std::chrono::seconds(3);
    bool wanted_ = false;
    SchedulerState state_ = SchedulerState::kDetached;
    std::string reason_;
    std::chrono::microseconds since_{};
    uint64_t instance_ = 0;  // of the attached instance, or the one being attached
    uint32_t trips_ = 0;
    std::chrono::microseconds stay_off_{};
    std::chrono::microseconds off_until_{};  // CLOCK_MONOTONIC; 0: it is not kept off
    std::string why_off_;
    RetryPolicy policy_;
    Source linger_timer_;
    Source retry_timer_;
    SchedulerPast unheard_;  // where the scheduler is unsupported now
};

}  // namespace gamesched

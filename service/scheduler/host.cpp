// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "service/base/clock.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

// enum scx_exit_kind and its codes, the same from 6.12 to 7.3.
constexpr int kExitUnregistered = 64;
constexpr int kExitByKernel = 66;
constexpr int kExitSysrq = 67;
constexpr int kExitError = 1025;  // the scheduler ended itself
constexpr int kExitStall = 1026;
constexpr int kExitLost = -1;  // not the kernel's: there was no record
constexpr int64_t kCodeRestart = int64_t{1} << 48;

constexpr char kOurName[] = "gamesched";
constexpr char kServiceDied[] =
    "gameschedd has crashed or was killed, and its scheduler went with it (journalctl -u "
    "gameschedd)";
constexpr auto kUntilRestart = std::chrono::microseconds::max();

// After CPU hotplug: long enough for a series of CPUs (suspend) to need few attempts.
constexpr auto kHotplugDelay = std::chrono::milliseconds(200);

std::string kind_of(const ExitRecord& record) {
    switch (record.kind) {
        case kExitStall:
            return "stall";
        case kExitError:
            return record.stalled.count() > 0 ? "stall" : "error";
        case kExitSysrq:
            return "sysrq";
        case kExitByKernel:
            return "kernel";
        default:
            return "error";
    }
}

// The kernel's watchdog writes: NAME[PID] failed to run for 20.123s
std::chrono::microseconds stalled_time(const ExitRecord& record) {
    constexpr std::string_view kWords = "failed to run for ";
    const size_t found = record.message.find(kWords);
    if (record.kind != kExitStall || found == std::string::npos)
        return record.kind == kExitError ? record.stalled : std::chrono::microseconds{};
    const double seconds = std::strtod(record.message.c_str() + found + kWords.size(), nullptr);
    return std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6));
}

std::string text_of(const ExitRecord& record) {
    if (record.message.empty())
        return record.reason;
    return record.reason.empty() ? record.message : record.reason + ": " + record.message;
}

}  // namespace

const char* to_string(SchedulerState state) {
    switch (state) {
        case SchedulerState::kUnsupported:
            return "unsupported";
        case SchedulerState::kDetached:
            return "detached";
        case SchedulerState::kAttaching:
            return "attaching";
        case SchedulerState::kAttached:
            return "attached";
        case SchedulerState::kEjected:
            return "ejected";
        case SchedulerState::kForeign:
            return "foreign";
    }
    return "";
}

SchedulerHost::SchedulerHost(Loop& loop, SchedulerBackend& backend, RetryPolicy policy)
    : loop_(loop),
      backend_(backend),
      tunables_(default_tunables()),
      since_(realtime_now()),
      policy_(std::move(policy)) {
    const std::string& reason = backend_.support().unsupported;
    if (!reason.empty())
        enter(SchedulerState::kUnsupported, reason);
    else
        yield_to_foreign();
}

SchedulerHost::~SchedulerHost() {
    backend_.unload();
}

void SchedulerHost::enter(SchedulerState state, std::string reason) {
    if (state_ == state && reason_ == reason)
        return;
    if (state_ != state)
        since_ = realtime_now();
    state_ = state;
    reason_ = std::move(reason);
    spdlog::info("scheduler: {}{}{}", to_string(state_), reason_.empty() ? "" : ": ", reason_);
    if (observer_.changed)
        observer_.changed();
}

std::string SchedulerHost::name() const {
    return backend_.status().ops;
}

void SchedulerHost::set_wanted(bool wanted) {
    if (wanted == wanted_)
        return;
    wanted_ = wanted;
    linger_timer_.reset();
    if (state_ == SchedulerState::kUnsupported)
        return;
    if (wanted) {
        if (state_ != SchedulerState::kAttached)
            attach();
    } else if (state_ == SchedulerState::kAttached) {
        linger_timer_ = loop_.after(linger_, [this] { detach(); });
    } else if (state_ == SchedulerState::kAttaching) {  // in a while, after CPU hotplug
        retry_timer_.reset();
        enter(SchedulerState::kDetached);
    }
}

bool SchedulerHost::is_kept_off() const {
    return off_until_ != std::chrono::microseconds{};
}

// What it is while it is kept off, or not wanted, and no other scheduler is there.
void SchedulerHost::rest() {
    if (is_kept_off())
        enter(SchedulerState::kEjected, std::format("{}; {}", why_off_, for_how_long()));
    else
        enter(SchedulerState::kDetached);
}

void SchedulerHost::end_linger() {
    if (linger_timer_)
        detach();
}

bool SchedulerHost::yield_to_foreign() {
    const SchedExtStatus status = backend_.status();
    if (status.ops.empty() || status.ops == kOurName)
        return false;
    enter(SchedulerState::kForeign,
          std::format("The sched_ext scheduler \"{}\" is attached; stop it to let gamesched run",
                      status.ops));
    return true;
}

void SchedulerHost::attach() {
    if (yield_to_foreign())
        return;
    if (is_kept_off())  // the timer attaches, if there is an end to it
        return rest();
    retry_timer_.reset();
    if (policy_.has_given_up())
        policy_.reset();
    enter(SchedulerState::kAttaching);
    const auto instance = backend_.attach(tunables_);
    if (!instance) {
        if (yield_to_foreign())
            return;
        keep_off(instance.error().message);
        return rest();
    }
    instance_ = *instance;
    backend_.deliver_events();
    if (state_ == SchedulerState::kAttaching && instance_ != 0)
        enter(SchedulerState::kAttached);
}

void SchedulerHost::detach() {
    linger_timer_.reset();
    instance_ = 0;
    backend_.unload();
    enter(SchedulerState::kDetached);
}

void SchedulerHost::retry_after(std::chrono::microseconds delay) {
    retry_timer_ = loop_.after(delay, [this] {
        retry_timer_.reset();
        off_until_ = {};
        if (wanted_)
            attach();
        else if (state_ != SchedulerState::kForeign)
            rest();
    });
}

Result<void> SchedulerHost::restart() {
    if (state_ == SchedulerState::kUnsupported)
        return fail(ErrorKind::kFailed, reason_);
    forget_trips();
    if (state_ == SchedulerState::kAttached)
        detach();
    if (!wanted_) {
        if (state_ == SchedulerState::kEjected)
            rest();
        return {};
    }
    attach();
    if (state_ != SchedulerState::kAttached)
        return fail(ErrorKind::kFailed, reason_);
    return {};
}

void SchedulerHost::forget_trips() {
    policy_.reset();
    off_until_ = {};
    retry_timer_.reset();
}

SchedulerPast SchedulerHost::past() const {
    if (state_ == SchedulerState::kUnsupported)
        return unheard_;
    return {
        .was_on = state_ == SchedulerState::kAttaching || state_ == SchedulerState::kAttached,
        .trips = trips_,
        .recent_trips = policy_.trips(),
        .off_until = off_until_,
        .why_off = why_off_,
    };
}

void SchedulerHost::resume(SchedulerPast past) {
    if (state_ == SchedulerState::kUnsupported) {
        unheard_ = std::move(past);
        return;
    }
    trips_ = past.trips;
    policy_.restore(std::move(past.recent_trips));
    why_off_ = std::move(past.why_off);
    if (past.off_until == kUntilRestart) {
        off_until_ = past.off_until;
    } else if (const auto left = past.off_until - monotonic_now(); left.count() > 0) {
        off_until_ = past.off_until;
        retry_after(left);
    }
    if (past.was_on)
        on_trip({.kind = "service", .reason = kServiceDied, .action = "", .stalled = {}});
    else if (state_ != SchedulerState::kForeign)
        rest();
}

void SchedulerHost::end(bool forgets) {
    observer_ = {};
    if (forgets) {
        forget_trips();
        trips_ = 0;
        unheard_ = {};
    }
    if (state_ == SchedulerState::kAttached)
        detach();
    else if (state_ == SchedulerState::kAttaching)
        enter(SchedulerState::kDetached);
}

void SchedulerHost::on_exit(const ExitRecord& record) {
    if (instance_ == 0 || record.instance != instance_ || record.kind == kExitUnregistered)
        return;
    instance_ = 0;
    linger_timer_.reset();
    backend_.detach();
    if (record.kind == kExitByKernel && (record.code & kCodeRestart) != 0)
        on_kernels_wish(record);
    else
        on_ejected(record);
    if (instance_ == 0)  // it has not been attached again meanwhile
        backend_.unload();
}

void SchedulerHost::on_kernels_wish(const ExitRecord& record) {
    if (!wanted_)
        return enter(SchedulerState::kDetached);
    spdlog::info("scheduler: attaching again, because {}", record.message);
    enter(SchedulerState::kAttaching, text_of(record));
    retry_after(kHotplugDelay);
}

std::string SchedulerHost::for_how_long() const {
    if (off_until_ == kUntilRestart)
        return "stays off after three trips in ten minutes; `gamesched restart` tries again";
    const auto left = std::max(off_until_ - monotonic_now(), std::chrono::microseconds{});
    if (!policy_.has_given_up())
        return std::format("next try in {} s",
                           std::chrono::ceil<std::chrono::seconds>(left).count());
    return std::format(
        "stays off for {} min after three trips in ten minutes; `gamesched restart` tries at once",
        std::chrono::ceil<std::chrono::minutes>(left).count());
}

void SchedulerHost::keep_off(std::string why) {
    const auto now = monotonic_now();
    const auto delay = policy_.on_trip(now);
    why_off_ = std::move(why);
    if (const auto off = delay.value_or(stay_off_); off > std::chrono::microseconds{}) {
        off_until_ = now + off;
        retry_after(off);
    } else {
        off_until_ = kUntilRestart;
        retry_timer_.reset();
    }
}

void SchedulerHost::on_ejected(const ExitRecord& record) {
    on_trip({.kind = kind_of(record),
             .reason = text_of(record),
             .action = "",
             .stalled = stalled_time(record)});
    if (const std::string dump = backend_.dump(); !dump.empty())
        spdlog::error("scheduler: when it was ejected:\n{}", dump);
}

// What is done about it follows from those before.
void SchedulerHost::on_trip(Trip trip) {
    ++trips_;
    keep_off(trip.reason);
    trip.action = policy_.has_given_up() ? "stay-off" : "retry";
    // First: whoever waits for it has no use for the time that logs take on a busy machine.
    if (observer_.tripped)
        observer_.tripped(trip);
    if (!yield_to_foreign())
        rest();
    spdlog::error("scheduler: ended ({}): {}", trip.kind, trip.reason);
}

void SchedulerHost::on_kernel_change() {
    if (state_ == SchedulerState::kAttached)
        return check_attached();
    if (state_ == SchedulerState::kUnsupported || state_ == SchedulerState::kAttaching ||
        yield_to_foreign())
        return;
    if (state_ != SchedulerState::kForeign)
        return;
    if (wanted_)
        attach();
    else
        rest();
}

// The exit record says why the scheduler has gone; it is missing only if the ring buffer was full.
void SchedulerHost::check_attached() {
    if (backend_.status().ops == kOurName)
        return;
    backend_.deliver_events();
    if (state_ == SchedulerState::kAttached && backend_.status().ops != kOurName)
        on_exit({.instance = instance_,
                 .kind = kExitLost,
                 .reason = "the kernel removed it; its exit record was lost"});
}

Result<void> SchedulerHost::set_tunable(std::string_view name, uint64_t value) {
    gs_tunables changed = tunables_;
    if (auto result = gamesched::set_tunable(changed, name, value); !result)
        return result;
    set_tunables(changed);
    return {};
}

void SchedulerHost::set_tunables(const gs_tunables& tunables) {
    tunables_ = tunables;
    backend_.set_tunables(tunables_);
    if (observer_.changed)
        observer_.changed();
}

}  // namespace gamesched

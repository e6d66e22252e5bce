// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/stats/measurements.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <span>
#include <utility>

#include "bpf/histogram.h"

namespace gamesched {
namespace {

// enum gs_counter
constexpr std::array<const char*, GS_NR_COUNTERS> kCounters = {"Direct",
                                                               "QueuedGame",
                                                               "QueuedOther",
                                                               "Kept",
                                                               "Preemptions",
                                                               "Steals",
                                                               "Requeued",
                                                               "Rescues",
                                                               "GamePreemptions",
                                                               "UselessPreemptions",
                                                               "PlacedPrevious",
                                                               "PlacedNear",
                                                               "PlacedFar",
                                                               "PlacedSharedCore",
                                                               "PlacedFast",
                                                               "FactsInput",
                                                               "FactsAudio",
                                                               "FactsGpu",
                                                               "FactsCompositor",
                                                               "FactsChain",
                                                               "FrequencyRequests",
                                                               "HandedOver",
                                                               "Yielded",
                                                               "Migrations",
                                                               "StallChecks"};

// enum gs_party
constexpr std::array<const char*, GS_NR_PARTIES> kParties = {"game", "session", "kernel", "other"};

// enum gs_role
constexpr std::array<const char*, GS_NR_ROLES> kRoles = {"none", "chain", "compositor",
                                                         "gpu",  "audio", "input"};

uint64_t usec(uint64_t ns) {
    return ns / 1000;
}

Measurements slice_use_of(const Histogram& slices) {
    const auto counts = slices.counts();
    return {{"Count", slices.count()},
            {"SumPermille", slices.sum()},
            {"Tenths", std::vector<uint64_t>(counts.begin(), counts.begin() + GS_SLICE_TENTHS)}};
}

// Each named and in the form that `form` gives it.
Measurements by(const auto& names, const auto& values, size_t first, auto form) {
    Measurements all;
    for (size_t i = 0; i < names.size(); ++i)
        all[names[i]] = form(values[first + i]);
    return all;
}

Measurements run_time_by_cpu(const SchedulerCounters& counters) {
    Measurements all;
    for (size_t party = 0; party < kParties.size(); ++party) {
        std::vector<uint64_t> of_cpus;
        for (const uint64_t ns : counters.run_ns_by_cpu[party])
            of_cpus.push_back(usec(ns));
        all[kParties[party]] = std::move(of_cpus);
    }
    return all;
}

// Half of a game's time is spent in frames that are shorter, half in longer ones: there is its
// pace, two buckets to either side included, which is up to about half as long again. What is
// longer is late. Nothing if less than three quarters of the time are spent at that pace: then
// there is none, as where an engine gives its work in several pieces a frame.
std::optional<uint64_t> late_frames(const Histogram& frames) {
    constexpr size_t kToEitherSide = 2;
    std::array<uint64_t, GS_WAIT_BUCKETS> times = {};
    for (size_t i = 0; i < times.size(); ++i)
        times[i] = frames.counts()[i] * gs_bucket_end_usec(i);
    const auto sum = [](std::span<const uint64_t> some) {
        return std::accumulate(some.begin(), some.end(), uint64_t{0});
    };
    const uint64_t all = sum(times);
    size_t pace = 0;
    for (uint64_t below = times[0]; below * 2 < all; below += times[pace])
        ++pace;
    const size_t first = pace - std::min(pace, kToEitherSide),
                 end = std::min(pace + kToEitherSide + 1, times.size());
    if (all == 0 || sum(std::span(times).subspan(first, end - first)) * 4 < all * 3)
        return std::nullopt;
    return sum(frames.counts().subspan(end));
}

constexpr auto kTimes = [](const Histogram& times) { return measurements_of(times); };

}  // namespace

const char* name_of_role(size_t role) {
    return kRoles.at(role);
}

Measurements measurements_of(const Histogram& times) {
    return {{"Count", times.count()},
            {"SumUSec", usec(times.sum())},
            {"P50USec", times.percentile_usec(500)},
            {"P99USec", times.percentile_usec(990)},
            {"MaxUSec", usec(times.max())},
            {"Buckets", times.buckets()}};
}

Measurements measurements_of(const SchedulerCounters& counters) {
    Measurements all = {
        {"MaxWaitGameUSec", usec(counters.max_wait_ns[GS_CLASS_GAME])},
        {"MaxWaitOtherUSec", usec(counters.max_wait_ns[GS_CLASS_OTHER])},
        {"WaitsByClass", by(kParties, counters.histograms, GS_HIST_WAIT, kTimes)},
        {"RunsByClass", by(kParties, counters.histograms, GS_HIST_RUN, kTimes)},
        {"RunUSecByCpu", run_time_by_cpu(counters)},
        {"SliceUseByClass", by(kParties, counters.histograms, GS_HIST_SLICE, slice_use_of)},
        {"WaitsByRole", by(kRoles, counters.histograms, GS_HIST_ROLE, kTimes)},
        {"InputLatency", measurements_of(counters.histograms[GS_HIST_INPUT])},
        {"PageFlips", measurements_of(counters.histograms[GS_HIST_FLIP])},
    };
    for (size_t i = 0; i < kCounters.size(); ++i)
        all[kCounters[i]] = counters.counters[i];
    return all;
}

Measurements measurements_of(const ThreadsByRole& threads) {
    return by(kRoles, threads, 0, [](uint32_t count) { return uint64_t{count}; });
}

Measurements measurements_of(const GameTimes& times, std::chrono::microseconds started) {
    Histogram waits;
    for (const Histogram& of_role : times.waits)
        waits.add(of_role);
    Measurements all = {{"Waits", measurements_of(waits)},
                        {"WaitsByRole", by(kRoles, times.waits, 0, kTimes)}};
    if (times.worst.wait_ns != 0) {
        const uint64_t at = usec(times.worst.at_ns), start = static_cast<uint64_t>(started.count());
        all["WorstWait"] = Measurements{{"Role", std::string(name_of_role(times.worst.role))},
                                        {"WaitUSec", usec(times.worst.wait_ns)},
                                        {"AfterUSec", at - std::min(at, start)}};
    }
    if (times.frames.count() != 0)
        all["Frames"] = measurements_of(times.frames);
    if (const auto late = late_frames(times.frames))
        all["LateFrames"] = *late;
    return all;
}

}  // namespace gamesched

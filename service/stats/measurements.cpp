// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/stats/measurements.h"

#include <array>
#include <utility>

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
Measurements by(const auto& names, const auto& histograms, size_t first, auto form) {
    Measurements all;
    for (size_t i = 0; i < names.size(); ++i)
        all[names[i]] = form(histograms[first + i]);
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

Measurements measurements_of(const GameWaits& waits) {
    Histogram all;
    for (const Histogram& of_role : waits)
        all.add(of_role);
    return {{"Waits", measurements_of(all)}, {"WaitsByRole", by(kRoles, waits, 0, kTimes)}};
}

}  // namespace gamesched

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

// For by().
auto times_with(bool buckets) {
    return [buckets](const Histogram& times) { return measurements_of(times, buckets); };
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

}  // namespace

const Members kTimes = {"WaitsByClass", "RunsByClass", "WaitsByRole", "InputLatency", "PageFlips"};

const char* name_of_role(size_t role) {
    return kRoles.at(role);
}

Measurements measurements_of(const Histogram& times, bool with_buckets) {
    Measurements all = {{"Count", times.count()},
                        {"SumUSec", usec(times.sum())},
                        {"P50USec", times.percentile_usec(500)},
                        {"P99USec", times.percentile_usec(990)},
                        {"MaxUSec", usec(times.max())}};
    if (with_buckets)
        all["Buckets"] = times.buckets();
    return all;
}

Measurements measurements_of(const SchedulerCounters& counters, const Members& with_buckets) {
    Measurements all = {
        {"MaxWaitGameUSec", usec(counters.max_wait_ns[GS_CLASS_GAME])},
        {"MaxWaitOtherUSec", usec(counters.max_wait_ns[GS_CLASS_OTHER])},
        {"RunUSecByCpu", run_time_by_cpu(counters)},
        {"SliceUseByClass", by(kParties, counters.histograms, GS_HIST_SLICE, slice_use_of)},
    };
    const auto times_by = [&](const char* member, const auto& names, size_t first) {
        all[member] =
            by(names, counters.histograms, first, times_with(with_buckets.contains(member)));
    };
    const auto times = [&](const char* member, size_t histogram) {
        all[member] =
            measurements_of(counters.histograms[histogram], with_buckets.contains(member));
    };
    times_by("WaitsByClass", kParties, GS_HIST_WAIT);
    times_by("RunsByClass", kParties, GS_HIST_RUN);
    times_by("WaitsByRole", kRoles, GS_HIST_ROLE);
    times("InputLatency", GS_HIST_INPUT);
    times("PageFlips", GS_HIST_FLIP);
    for (size_t i = 0; i < kCounters.size(); ++i)
        all[kCounters[i]] = counters.counters[i];
    return all;
}

Measurements measurements_of(const GameWaits& waits) {
    Histogram all;
    for (const Histogram& of_role : waits)
        all.add(of_role);
    return {{"Waits", measurements_of(all)},
            {"WaitsByRole", by(kRoles, waits, 0, times_with(true))}};
}

}  // namespace gamesched

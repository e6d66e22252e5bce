// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/measurements.h"

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

sdbus::Variant number(uint64_t value) {
    return sdbus::Variant(value);
}

uint64_t usec(uint64_t ns) {
    return ns / 1000;
}

Measurements slice_use_of(const Histogram& slices) {
    const auto counts = slices.counts();
    return {{"Count", number(slices.count())},
            {"SumPermille", number(slices.sum())},
            {"Tenths", sdbus::Variant(std::vector<uint64_t>(counts.begin(),
                                                            counts.begin() + GS_SLICE_TENTHS))}};
}

// Each named and in the form that `form` gives it.
sdbus::Variant by(const auto& names, const auto& histograms, size_t first, auto form) {
    Measurements all;
    for (size_t i = 0; i < names.size(); ++i)
        all[names[i]] = sdbus::Variant(form(histograms[first + i]));
    return sdbus::Variant(all);
}

sdbus::Variant run_time_by_cpu(const SchedulerCounters& counters) {
    Measurements all;
    for (size_t party = 0; party < kParties.size(); ++party) {
        std::vector<uint64_t> of_cpus;
        for (const uint64_t ns : counters.run_ns_by_cpu[party])
            of_cpus.push_back(usec(ns));
        all[kParties[party]] = sdbus::Variant(of_cpus);
    }
    return sdbus::Variant(all);
}

constexpr auto kTimes = [](const Histogram& times) { return measurements_of(times); };

}  // namespace

const char* name_of_role(size_t role) {
    return kRoles.at(role);
}

Measurements measurements_of(const Histogram& times) {
    std::vector<sdbus::Struct<uint64_t, uint64_t>> buckets;
    for (const Histogram::Bucket& bucket : times.buckets())
        buckets.emplace_back(bucket.end_usec, bucket.count);
    return {{"Count", number(times.count())},
            {"SumUSec", number(usec(times.sum()))},
            {"P50USec", number(times.percentile_usec(500))},
            {"P99USec", number(times.percentile_usec(990))},
            {"MaxUSec", number(usec(times.max()))},
            {"Buckets", sdbus::Variant(buckets)}};
}

Measurements measurements_of(const SchedulerCounters& counters) {
    Measurements all = {
        {"MaxWaitGameUSec", number(usec(counters.max_wait_ns[GS_CLASS_GAME]))},
        {"MaxWaitOtherUSec", number(usec(counters.max_wait_ns[GS_CLASS_OTHER]))},
        {"WaitsByClass", by(kParties, counters.histograms, GS_HIST_WAIT, kTimes)},
        {"RunsByClass", by(kParties, counters.histograms, GS_HIST_RUN, kTimes)},
        {"RunUSecByCpu", run_time_by_cpu(counters)},
        {"SliceUseByClass", by(kParties, counters.histograms, GS_HIST_SLICE, slice_use_of)},
        {"WaitsByRole", by(kRoles, counters.histograms, GS_HIST_ROLE, kTimes)},
        {"InputLatency", sdbus::Variant(measurements_of(counters.histograms[GS_HIST_INPUT]))},
        {"PageFlips", sdbus::Variant(measurements_of(counters.histograms[GS_HIST_FLIP]))},
    };
    for (size_t i = 0; i < kCounters.size(); ++i)
        all[kCounters[i]] = number(counters.counters[i]);
    return all;
}

Measurements measurements_of(const GameWaits& waits) {
    Histogram all;
    for (const Histogram& of_role : waits)
        all.add(of_role);
    return {{"Waits", sdbus::Variant(measurements_of(all))},
            {"WaitsByRole", by(kRoles, waits, 0, kTimes)}};
}

}  // namespace gamesched

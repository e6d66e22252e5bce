// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/stats.h"

#include "dbus/names.h"

namespace gamesched {
namespace {

constexpr std::array<const char*, GS_NR_COUNTERS> kCounterNames = {"Direct",
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
                                                                   "Yielded"};

}  // namespace

StatsObject::StatsObject(sdbus::IConnection& connection, Core& core)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kManagerPath)), core_(core) {
    registerAdaptor();
}

StatsObject::~StatsObject() {
    unregisterAdaptor();
}

std::map<std::string, sdbus::Variant> StatsObject::Get() {
    std::map<std::string, sdbus::Variant> stats = {
        {"GamesStarted", sdbus::Variant(core_.tracker.started())},
        {"GamesExited", sdbus::Variant(core_.tracker.exited())},
        {"EventsLost", sdbus::Variant(core_.lifecycle ? core_.lifecycle->lost() : uint64_t{0})},
    };
    const auto counters = core_.backend.counters();
    if (!counters)
        return stats;
    for (size_t i = 0; i < kCounterNames.size(); ++i)
        stats[kCounterNames[i]] = sdbus::Variant(counters->counters[i]);
    stats["MaxWaitGameUSec"] = sdbus::Variant(counters->max_wait_ns[GS_CLASS_GAME] / 1000);
    stats["MaxWaitOtherUSec"] = sdbus::Variant(counters->max_wait_ns[GS_CLASS_OTHER] / 1000);
    return stats;
}

}  // namespace gamesched

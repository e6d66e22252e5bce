// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/stats.h"

#include <algorithm>
#include <format>

#include "dbus/names.h"
#include "service/bus/errors.h"
#include "service/bus/measurements.h"
#include "service/bus/reply.h"

namespace gamesched {

StatsObject::StatsObject(sdbus::IConnection& connection, Loop& loop, Calls& calls,
                         Authority& authority, Core& core, const Summaries& summaries)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kManagerPath)),
      loop_(loop),
      calls_(calls),
      authority_(authority),
      core_(core),
      summaries_(summaries),
      clients_(connection, [this](const std::string& client) { subscriptions_.erase(client); }) {
    registerAdaptor();
}

StatsObject::~StatsObject() {
    unregisterAdaptor();
}

Measurements StatsObject::measure() const {
    Measurements stats;
    if (const auto counters = core_.backend.counters())
        stats = measurements_of(*counters);
    stats["GamesStarted"] = core_.tracker.started();
    stats["GamesExited"] = core_.tracker.exited();
    stats["EventsLost"] = core_.lifecycle ? core_.lifecycle->lost() : uint64_t{0};
    return stats;
}

std::map<std::string, sdbus::Variant> StatsObject::Get() {
    return on_bus(measure());
}

void StatsObject::Subscribe(sdbus::Result<>&& result, uint32_t interval_msec) {
    const std::chrono::milliseconds interval(interval_msec);
    if (interval < kMinInterval || interval > kMaxInterval)
        return authority_.refuse(
            calls_.caller(), std::move(result),
            {ErrorKind::kOutOfRange,
             std::format("interval_msec: must be {} to {}, not {}", kMinInterval.count(),
                         kMaxInterval.count(), interval_msec)});
    const Caller caller = calls_.caller();
    authority_.identify(caller, [this, client = caller.name, interval,
                                 reply = keep(std::move(result))](Result<uid_t> user) {
        if (!user)
            return reply->returnError(to_wire(user.error()));
        if (const auto done = subscribe(client, *user, interval); !done)
            return reply->returnError(to_wire(done.error()));
        reply->returnResults();
    });
}

Result<void> StatsObject::subscribe(const std::string& client, uid_t user,
                                    std::chrono::milliseconds interval) {
    const auto own = static_cast<size_t>(std::ranges::count_if(
        subscriptions_, [&](const auto& entry) { return entry.second.user == user; }));
    if (!subscriptions_.contains(client) &&
        (subscriptions_.size() >= kMaxSubscriptions || own >= kMaxSubscriptionsOfUser))
        return fail(
            ErrorKind::kLimitReached,
            std::format("User {} has {} of at most {} subscriptions, {} of {} in all", user, own,
                        kMaxSubscriptionsOfUser, subscriptions_.size(), kMaxSubscriptions));
    Subscription& subscription = subscriptions_[client];
    subscription.user = user;
    subscription.interval = interval;
    arm(client, subscription);
    clients_.watch(client);
    return {};
}

// One shot at a time: what has taken too long is left out, not made up for.
void StatsObject::arm(const std::string& client, Subscription& subscription) {
    subscription.timer = loop_.after(subscription.interval, [this, client] { tell(client); });
}

void StatsObject::tell(const std::string& client) {
    auto signal = getObject().createSignal(sdbus::InterfaceName(Stats_adaptor::INTERFACE_NAME),
                                           sdbus::SignalName("Updated"));
    signal.setDestination(client);
    signal << measure();
    signal.send();
    arm(client, subscriptions_.at(client));
}

void StatsObject::GetHistory(
    sdbus::Result<std::vector<std::map<std::string, sdbus::Variant>>>&& result, uint32_t limit) {
    if (limit < 1 || limit > kMaxHistory)
        return authority_.refuse(
            calls_.caller(), std::move(result),
            {ErrorKind::kOutOfRange,
             std::format("limit: must be 1 to {}, not {}", kMaxHistory, limit)});
    authority_.identify(calls_.caller(),
                        [this, limit, reply = keep(std::move(result))](Result<uid_t> user) {
                            if (!user)
                                return reply->returnError(to_wire(user.error()));
                            std::vector<std::map<std::string, sdbus::Variant>> games;
                            for (const Measurements& game : summaries_.newest(*user, limit))
                                games.push_back(on_bus(game));
                            reply->returnResults(games);
                        });
}

void StatsObject::Unsubscribe() {
    const std::string client = calls_.caller().name;
    if (subscriptions_.erase(client) == 0)
        throw to_wire({ErrorKind::kNoSuchSubscription, "You have no subscription"});
    clients_.forget(client);
}

}  // namespace gamesched

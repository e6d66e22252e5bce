// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/holds.h"

#include <spdlog/spdlog.h>
#include <sys/random.h>

#include <algorithm>

#include "service/base/clock.h"
#include "service/base/process.h"

namespace gamesched {
namespace {

uint32_t random_cookie() {
    uint32_t cookie = 0;
    while (cookie == 0)
        if (getrandom(&cookie, sizeof(cookie), 0) != sizeof(cookie))
            cookie = 0;
    return cookie;
}

}  // namespace

Holds::Holds(sdbus::IConnection& connection, std::function<void()> changed)
    : connection_(connection),
      changed_(std::move(changed)),
      bus_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.DBus"),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))) {}

void Holds::watch(const std::string& owner) {
    // Watches of former owners go here, not in their own callbacks.
    std::erase_if(watches_, [&](const auto& entry) {
        return !std::ranges::contains(holds_, entry.first, &SavedHold::owner);
    });
    if (watches_.contains(owner))
        return drop_if_gone(owner);
    const std::string match = std::format(
        "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
        "member='NameOwnerChanged',arg0='{}'",
        owner);
    watches_[owner] = connection_.addMatchAsync(
        match, [this, owner](sdbus::Message) { drop_owner(owner); },
        [this, owner](sdbus::Message) { drop_if_gone(owner); }, sdbus::return_slot);
}

// It may have left before the watch was there, or before its hold was.
void Holds::drop_if_gone(const std::string& owner) {
    bus_->callMethodAsync("NameHasOwner")
        .onInterface("org.freedesktop.DBus")
        .withArguments(owner)
        .uponReplyInvoke([this, owner](std::optional<sdbus::Error> error, bool there) {
            if (error || !there)
                drop_owner(owner);
        });
}

void Holds::drop_owner(const std::string& owner) {
    if (std::erase_if(holds_, [&](const SavedHold& hold) { return hold.owner == owner; }) == 0)
        return;
    spdlog::info("hold: {} left the bus", owner);
    changed_();
}

Result<uint32_t> Holds::add(const std::string& owner, uid_t user, const std::string& app_id,
                            const std::string& reason) {
    if (app_id.empty() || app_id.size() > kMaxTextBytes)
        return fail(ErrorKind::kInvalidArgument,
                    std::format("app_id: must have 1 to {} bytes", kMaxTextBytes));
    if (reason.size() > kMaxTextBytes)
        return fail(ErrorKind::kInvalidArgument,
                    std::format("reason: must have at most {} bytes", kMaxTextBytes));
    const auto own = std::ranges::count(holds_, user, &SavedHold::user);
    if (holds_.size() >= kMaxHolds || static_cast<size_t>(own) >= kMaxHoldsOfUser)
        return fail(ErrorKind::kLimitReached,
                    std::format("User {} has {} of at most {} holds, {} of {} in all", user, own,
                                kMaxHoldsOfUser, holds_.size(), kMaxHolds));
    uint32_t cookie = random_cookie();
    while (std::ranges::contains(holds_, cookie, &SavedHold::cookie))
        cookie = random_cookie();
    holds_.push_back({cookie, owner, user, printable(app_id, kMaxTextBytes),
                      printable(reason, kMaxTextBytes), realtime_now().count()});
    spdlog::info("hold: {} (user {}): {}", holds_.back().app_id, user, holds_.back().reason);
    watch(owner);
    changed_();
    return cookie;
}

Result<void> Holds::release(const std::string& owner, uint32_t cookie) {
    const auto removed = std::erase_if(holds_, [&](const SavedHold& hold) {
        return hold.owner == owner && hold.cookie == cookie;
    });
    if (removed == 0)
        return fail(ErrorKind::kNoSuchHold,
                    std::format("cookie: {} is not a hold of yours", cookie));
    changed_();
    return {};
}

std::vector<SavedHold> Holds::cancel() {
    auto cancelled = std::exchange(holds_, {});
    if (!cancelled.empty())
        changed_();
    return cancelled;
}

void Holds::restore(std::vector<SavedHold> holds) {
    holds_ = std::move(holds);
    for (const SavedHold& hold : holds_)
        watch(hold.owner);
}

}  // namespace gamesched

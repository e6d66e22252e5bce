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
    : changed_(std::move(changed)),
      owners_(connection, [this](const std::string& owner) { drop_owner(owner); }) {}

bool Holds::has_holds(const std::string& owner) const {
    return std::ranges::contains(holds_, owner, &SavedHold::owner);
}

void Holds::drop_owner(const std::string& owner) {
    if (std::erase_if(holds_, [&](const SavedHold& hold) { return hold.owner == owner; }) == 0)
        return;
    spdlog::info("hold: {} left the bus", owner);
    changed_();
}

Result<void> Holds::check(const std::string& app_id, const std::string& reason) {
    if (app_id.empty() || app_id.size() > kMaxTextBytes)
        return fail(ErrorKind::kInvalidArgument,
                    std::format("app_id: must have 1 to {} bytes", kMaxTextBytes));
    if (reason.size() > kMaxTextBytes)
        return fail(ErrorKind::kInvalidArgument,
                    std::format("reason: must have at most {} bytes", kMaxTextBytes));
    return {};
}

Result<uint32_t> Holds::add(const std::string& owner, uid_t user, const std::string& app_id,
                            const std::string& reason) {
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
    owners_.watch(owner);
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
    if (!has_holds(owner))
        owners_.forget(owner);
    changed_();
    return {};
}

std::vector<SavedHold> Holds::cancel() {
    auto cancelled = std::exchange(holds_, {});
    for (const SavedHold& hold : cancelled)
        owners_.forget(hold.owner);
    if (!cancelled.empty())
        changed_();
    return cancelled;
}

void Holds::restore(std::vector<SavedHold> holds) {
    holds_ = std::move(holds);
    for (const SavedHold& hold : holds_)
        owners_.watch(hold.owner);
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Stats: read when asked, and for subscribers on a timer of their own, which goes
// with the subscription.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "dbus/stats-adaptor.h"
#include "service/base/loop.h"
#include "service/bus/authority.h"
#include "service/bus/calls.h"
#include "service/bus/peers.h"
#include "service/bus/summaries.h"
#include "service/core.h"
#include "service/stats/measurements.h"

namespace gamesched {

class StatsObject : public sdbus::AdaptorInterfaces<org::gamesched1::Stats_adaptor> {
  public:
    static constexpr size_t kMaxSubscriptions = 64;
    static constexpr size_t kMaxSubscriptionsOfUser = 8;
    static constexpr uint32_t kMaxHistory = 500;
    static constexpr std::chrono::milliseconds kMinInterval{100};
    static constexpr std::chrono::milliseconds kMaxInterval{60'000};

    StatsObject(sdbus::IConnection& connection, Loop& loop, Calls& calls, Authority& authority,
                Core& core, const Summaries& summaries);
    virtual ~StatsObject();

  private:
    struct Subscription {
        uid_t user = 0;
        std::chrono::microseconds interval{};
        Source timer;
    };

    std::map<std::string, sdbus::Variant> Get() override;
    void Subscribe(sdbus::Result<>&& result, uint32_t interval_msec) override;
    void Unsubscribe() override;
    void GetHistory(sdbus::Result<std::vector<std::map<std::string, sdbus::Variant>>>&& result,
                    uint32_t limit) override;

    Measurements measure() const;
    Result<void> subscribe(const std::string& client, uid_t user,
                           std::chrono::milliseconds interval);
    void arm(const std::string& client, Subscription& subscription);
    void tell(const std::string& client);

    Loop& loop_;
    Calls& calls_;
    Authority& authority_;
    Core& core_;
    const Summaries& summaries_;
    std::map<std::string, Subscription> subscriptions_;  // by the client's name on the bus
    Peers clients_;
};

}  // namespace gamesched

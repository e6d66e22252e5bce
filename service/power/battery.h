// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Whether the machine runs on battery, as UPower says it, where UPower runs.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>
#include <optional>

#include "service/power/name_owner.h"

namespace gamesched {

class Battery {
  public:
    // `changed` is called after every change of on_battery().
    Battery(sdbus::IConnection& connection, std::function<void()> changed)
        : connection_(connection), changed_(std::move(changed)) {}

    void set_watched(bool watched);
    // Nothing: UPower does not run, or has not answered yet, or nobody watches.
    std::optional<bool> on_battery() const { return on_battery_; }

  private:
    void follow();
    void set(std::optional<bool> on_battery);

    sdbus::IConnection& connection_;
    std::function<void()> changed_;
    std::optional<bool> on_battery_;
    std::unique_ptr<sdbus::IProxy> upower_;
    sdbus::Slot signal_;
    std::unique_ptr<NameOwner> owner_;
};

}  // namespace gamesched

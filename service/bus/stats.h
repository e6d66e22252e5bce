// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Stats.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include "dbus/stats-adaptor.h"
#include "service/core.h"

namespace gamesched {

class StatsObject : public sdbus::AdaptorInterfaces<org::gamesched1::Stats_adaptor> {
  public:
    StatsObject(sdbus::IConnection& connection, Core& core);
    virtual ~StatsObject();

  private:
    std::map<std::string, sdbus::Variant> Get() override;

    Core& core_;
};

}  // namespace gamesched

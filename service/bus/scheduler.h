// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Scheduler.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include "dbus/scheduler-adaptor.h"
#include "service/bus/authority.h"
#include "service/bus/calls.h"
#include "service/core.h"

namespace gamesched {

class SchedulerObject : public sdbus::AdaptorInterfaces<org::gamesched1::Scheduler_adaptor> {
  public:
    SchedulerObject(sdbus::IConnection& connection, Calls& calls, Authority& authority, Core& core);
    virtual ~SchedulerObject();

    void on_changed();
    void on_tripped(const Trip& trip);

  private:
    void SetTunable(sdbus::Result<>&& result, std::string name, sdbus::Variant value) override;
    std::map<std::string, sdbus::Variant> Explain(const uint32_t& tid) override;
    void Restart(sdbus::Result<>&& result) override;

    std::string State() override;
    std::string Reason() override;
    std::string Name() override;
    uint64_t SinceUSec() override;
    uint32_t Trips() override;
    std::map<std::string, sdbus::Variant> Tunables() override;

    Calls& calls_;
    Authority& authority_;
    Core& core_;
};

}  // namespace gamesched

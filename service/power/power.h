// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The machine's power while gaming mode is on. A power profiles daemon, where one runs, is asked to
// hold its profile, and its settings are left to it; where none runs, or where it refuses, the
// settings are made here. Whichever it is, it is put back when gaming mode ends.
//
// Nobody waits for any of this: gaming mode is on before it begins.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "service/base/loop.h"
#include "service/power/battery.h"
#include "service/power/config.h"
#include "service/power/profile_hold.h"
#include "service/power/record.h"
#include "service/power/settings.h"

namespace gamesched {

class Power {
  public:
    struct Observer {
        std::function<void()> changed;          // status()
        std::function<void()> battery_changed;  // on_battery()
    };
    // By the key of the configuration: a sentence for people. Empty while gaming mode is off, but
    // for what could not be put back.
    using Status = std::map<std::string, std::string>;

    // `runtime_directory`: see PowerRecord. `root` stands before the paths of settings.
    Power(Loop& loop, sdbus::IConnection& connection,
          const std::filesystem::path& runtime_directory, std::filesystem::path root);
    // Puts back what is not as it was.
    ~Power();
    Power(const Power&) = delete;
    Power& operator=(const Power&) = delete;

    void observe(Observer observer) { observer_ = std::move(observer); }
    void set_config(const PowerConfig& config);
    // The first call says what to do about what a previous life has left.
    void set_active(bool active);

    // False where nobody knows, or nobody has asked for a profile on battery.
    bool on_battery() const { return battery_.on_battery().value_or(false); }
    Status status() const;

  private:
    void schedule();
    void advance();
    void announce();
    bool is_active() const { return active_.value_or(false); }
    bool has_daemon() const;
    Wishes wishes() const;
    std::string describe_hold() const;
    std::string describe(PowerItem item) const;
    std::string describe_battery() const;

    Loop& loop_;
    Observer observer_;
    PowerConfig config_;
    std::optional<bool> active_;
    PowerRecord record_;
    Settings settings_;
    ProfileHold hold_;
    Battery battery_;
    Source work_;
    Status announced_;
};

}  // namespace gamesched

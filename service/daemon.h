// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The composition root: owns every long-lived object, in the order in which they depend on each
// other.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <filesystem>
#include <memory>
#include <vector>

#include "service/base/loop.h"
#include "service/bus/backlog.h"
#include "service/bus/manager.h"
#include "service/bus/scheduler.h"
#include "service/bus/served_bus.h"
#include "service/bus/stats.h"
#include "service/config.h"
#include "service/detection/detector.h"
#include "service/focus.h"
#include "service/games/store.h"
#include "service/power/power.h"
#include "service/profile_choice.h"
#include "service/scheduler/bpf_scheduler.h"
#include "service/watchdog.h"

struct sd_device;
struct sd_device_monitor;

namespace gamesched {

struct DaemonOptions {
    std::vector<std::filesystem::path> config_directories;
    std::filesystem::path runtime_directory;
    std::filesystem::path state_directory;   // empty: games that have ended are not remembered
    std::filesystem::path power_root = "/";  // stands before the paths of power settings
    // Where programs say that they are games. Root's only.
    std::vector<std::filesystem::path> application_directories = {
        "/usr/share/applications", "/usr/local/share/applications",
        "/var/lib/flatpak/exports/share/applications", "/var/lib/snapd/desktop/applications"};
};

class Daemon {
  public:
    explicit Daemon(DaemonOptions options);

    // Until SIGTERM or SIGINT, or until the bus goes away. The exit status. Call it once.
    int run();

  private:
    struct MonitorDeleter {
        void operator()(sd_device_monitor* monitor) const;
    };

    static std::unique_ptr<Lifecycle> make_lifecycle(Loop& loop, const Config& config,
                                                     std::map<std::string, Fd>& fds,
                                                     std::string& why_not);
    Features all_features() const;
    void announce_features();
    void connect_parts();
    void refresh_detection();
    void restore();
    void save();
    void refresh_mode();
    bool refresh_profile();
    void apply_profile();
    void refresh_focus();
    void refresh_measured_games();
    Result<void> set_profile(const std::string& name);
    void on_holds_changed();
    std::vector<SavedHold> set_mode(Mode mode);
    Result<void> reload();
    void reload_by_signal();
    void watch_devices();
    void on_device(sd_device* device);
    void on_bus_lost(const char* how);
    int work();

    DaemonOptions options_;
    Loop loop_;
    Config config_;
    Store store_;
    std::map<std::string, Fd> fds_;  // from a previous life; empty after restore()
    SavedState saved_;
    std::string why_no_lifecycle_;
    std::unique_ptr<Lifecycle> lifecycle_;
    BpfScheduler backend_;
    SchedulerHost host_;
    Watchdog watchdog_;
    Tracker tracker_;
    Detector detector_;
    Focus focus_;
    Features::mapped_type gpu_evidence_ = false;

    ServedBus bus_;
    Backlog backlog_;
    Calls calls_;
    Authority authority_;
    Holds holds_;
    Mode mode_;
    Power power_;
    ProfileChoice profile_choice_;
    std::string profile_;   // in force
    uint64_t focused_ = 0;  // the game that has the focus; 0: none
    bool active_ = false;
    bool restoring_ = true;
    Core core_;
    Summaries summaries_;
    ManagerObject manager_;
    SchedulerObject scheduler_;
    StatsObject stats_;
    Features features_;  // as announced last

    std::unique_ptr<sd_device_monitor, MonitorDeleter> monitor_;
    std::vector<Source> sources_;
};

}  // namespace gamesched

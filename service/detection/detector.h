// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Finds games by what the kernel tells of processes that may be some: looks at each, judges it, and
// looks again when more is known, on an event or a few times on a timer that exists only while
// somebody is undecided.

#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/base/loop.h"
#include "service/detection/inspector.h"
#include "service/detection/judge.h"
#include "service/games/tracker.h"

namespace gamesched {

class Detector {
  public:
    static constexpr size_t kMaxUndecided = 256;
    static constexpr size_t kMaxUndecidedOfUser = 64;

    // Both must outlive this. `sees_processes`: whether anybody can be found at all, which takes
    // the process events.
    Detector(Loop& loop, Tracker& tracker, bool sees_processes);

    void set_enabled(bool enabled);
    // Whether programs of users without a session at this machine are found, too.
    void set_remote_users(bool found) { remote_users_ = found; }
    // What is known from now on.
    void set_rules(Rules rules) { rules_ = std::move(rules); }
    void set_entries(DesktopEntries entries) { entries_ = std::move(entries); }
    // Names of programs to look out for, beside the lists of the configuration.
    std::vector<std::string> programs() const;

    // Looks now. Nothing if there is no such process.
    std::optional<Judgement> judge(pid_t pid) const;

  private:
    // What the kernel has told of a process, and nobody can see afterwards.
    struct Told {
        bool opens_gpu = false;
        std::string steam_app_id;  // of its environment
    };
    struct Undecided {
        uint64_t start_time = 0;
        uid_t user = 0;
        Told told;
        size_t looks = 0;
        Source timer;
    };

    void on_candidate(const gs_ev_candidate& event);
    void scan();
    void on_muted();
    bool may_be_found(uid_t user) const;
    std::optional<Judgement> judge(pid_t pid, const Told& told) const;
    void look(pid_t pid, const Told& told);
    void look_again(pid_t pid, Undecided undecided);
    bool has_room_for(uid_t user) const;
    void look_at_member(pid_t pid, uint64_t tree, const Told& told);

    Loop& loop_;
    Tracker& tracker_;
    std::unique_ptr<Inspector> inspector_;  // null where the kernel does not let it load
    bool enabled_ = true;
    bool remote_users_ = false;
    bool scanned_ = false;  // all processes have been looked at
    Rules rules_;
    DesktopEntries entries_;
    std::map<pid_t, Undecided> undecided_;
    Source scan_later_;
    bool muted_again_ = false;  // since it waits
};

}  // namespace gamesched

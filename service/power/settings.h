// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The machine's power settings in /sys and /proc/sys: set, recorded before they are, and put back.
//
// One write can take as long as the kernel needs to be sure that no CPU uses the former governor
// any more, so there is one for each step, and the loop turns between them.

#pragma once

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "service/power/plan.h"
#include "service/power/record.h"

namespace gamesched {

class Settings {
  public:
    // `root` stands before every path. `record` must outlive this.
    Settings(std::filesystem::path root, PowerRecord& record);

    // From now on these items are to have these values, and others their own. What that will change
    // is recorded when it returns, and nothing is written yet.
    void set(Wishes wishes);
    // Nothing before the first set().
    const std::optional<Wishes>& wishes() const { return wishes_; }

    // Writes one file. False when there is none left to write.
    bool step();

    // How a wished item is now, for people.
    std::string describe(PowerItem item) const;
    // What was not done and why, and what could not be put back, by item.
    const std::map<PowerItem, std::string>& notes() const { return notes_; }

  private:
    std::vector<SettingFile> look(const Wishes& wishes) const;
    void apply(const Change& change);
    void put_back(const Change& change);
    void forget(const Change& change);
    void complain(PowerItem item, std::string what);
    void finish();

    std::filesystem::path root_;
    PowerRecord& record_;
    std::optional<Wishes> wishes_;
    std::deque<Step> steps_;
    std::vector<std::string> put_back_;  // paths; no more ours when the steps are done
    std::map<PowerItem, std::string> notes_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What has to be put back, as long as it has to: a file in the runtime directory, which systemd
// keeps from one life of the service to the next. There is no file when there is nothing to know.

#pragma once

#include <filesystem>
#include <vector>

#include "service/base/error.h"
#include "service/power/plan.h"

namespace gamesched {

class PowerRecord {
  public:
    // Reads what a previous life has left. A damaged file is the same as none; it is logged.
    // An empty directory: nothing can be recorded.
    explicit PowerRecord(const std::filesystem::path& directory);

    const std::vector<Change>& changes() const { return changes_; }
    // In the file when it returns; if that fails nothing has changed.
    Result<void> set_changes(std::vector<Change> changes);

    // Somebody has changed the power profile by hand while gaming mode was on, and it still is.
    bool is_released() const { return released_; }
    Result<void> set_released(bool released);

  private:
    Result<void> save() const;

    std::filesystem::path file_;
    std::vector<Change> changes_;
    bool released_ = false;
};

}  // namespace gamesched

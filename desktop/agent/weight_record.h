// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which units of the user's systemd have another cpu.weight for our sake: a file that is there as
// long as there are any, for the case that we do not live to put it back.

#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "service/base/error.h"

namespace gamesched::agent {

struct WeightChange {
    uint64_t before = 0;  // as systemd says it: the largest number for "not set"
    uint64_t ours = 0;

    bool operator==(const WeightChange&) const = default;
};

class WeightRecord {
  public:
    // Reads what a previous life has left; a damaged file is the same as none, and logged. The
    // directory is made when it is needed.
    explicit WeightRecord(const std::filesystem::path& directory);

    const std::map<std::string, WeightChange>& changes() const { return changes_; }
    // In the file when it returns; if that fails nothing has changed.
    Result<void> add(const std::string& unit, const WeightChange& change);
    // What cannot be written is logged: at worst a next life finds that nothing is left to be done.
    void remove(const std::string& unit);

  private:
    Result<void> save() const;

    std::filesystem::path file_;
    std::map<std::string, WeightChange> changes_;
};

}  // namespace gamesched::agent

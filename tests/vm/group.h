// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A control group of the machine that kills its processes and goes at the end.

#pragma once

#include <filesystem>
#include <string>

#include "tests/vm/machine.h"

namespace gamesched::test {

class Group {
  public:
    explicit Group(const std::string& name);  // below the root, "outer/inner" inside another
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    ~Group();

    void set(const std::string& file, const std::string& value) const;
    std::string get(const std::string& file) const;
    void add(const Child& child) const;
    // Of all that was ever in it.
    double cpu_seconds() const;

  private:
    std::filesystem::path path_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched doctor --json` has printed.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/shell.h"

namespace gamesched::test {

struct Finding {
    std::string verdict = "none", what, remedy;
};

class Examination {
  public:
    // Fails the test if it is no such output.
    explicit Examination(const Output& output);

    int status() const { return status_; }
    // The verdict "none" if there is no finding of that name.
    Finding operator[](const std::string& name) const;
    // The names of all findings with that verdict.
    std::vector<std::string> all(const std::string& verdict) const;

  private:
    int status_;
    std::map<std::string, Finding> findings_;
};

}  // namespace gamesched::test

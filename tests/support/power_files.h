// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Files that stand in for a machine's power settings: tests neither depend on those of the machine
// that they run on nor touch them.

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace gamesched::test {

class PowerFiles {
  public:
    // None in the beginning.
    explicit PowerFiles(std::filesystem::path root);

    // Two policies that can be powersave, and a platform that can be balanced.
    void make() const;

    // The command that runs this one with our files where the machine's would be.
    std::vector<std::string> around(std::vector<std::string> command) const;

    std::filesystem::path governor(int policy) const;
    std::filesystem::path platform_profile() const;

  private:
    std::filesystem::path cpufreq() const { return root_ / "cpufreq"; }
    std::filesystem::path acpi() const { return root_ / "firmware/acpi"; }

    std::filesystem::path root_;
};

}  // namespace gamesched::test

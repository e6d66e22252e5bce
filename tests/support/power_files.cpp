// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/power_files.h"

#include <format>
#include <fstream>
#include <utility>

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;

// $0: our files. The rest is the command.
constexpr char kMount[] =
    "mount --bind \"$0/cpufreq\" /sys/devices/system/cpu/cpufreq && "
    "mount --bind \"$0/firmware\" /sys/firmware && exec \"$@\"";

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text << '\n';
}

}  // namespace

PowerFiles::PowerFiles(fs::path root) : root_(std::move(root)) {
    fs::create_directories(cpufreq());
    fs::create_directories(acpi());
}

void PowerFiles::make() const {
    for (int policy : {0, 1}) {
        fs::create_directories(governor(policy).parent_path());
        write(governor(policy), "powersave");
        write(governor(policy).parent_path() / "scaling_available_governors",
              "performance powersave");
    }
    write(platform_profile(), "balanced");
    write(platform_profile().string() + "_choices", "low-power balanced performance");
}

// The root of a chroot is no mount point whose propagation unshare could change.
std::vector<std::string> PowerFiles::around(std::vector<std::string> command) const {
    std::vector<std::string> whole = {"unshare", "--mount", "--propagation", "unchanged",
                                      "sh",      "-c",      kMount,          root_.string()};
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

fs::path PowerFiles::governor(int policy) const {
    return cpufreq() / std::format("policy{}", policy) / "scaling_governor";
}

fs::path PowerFiles::platform_profile() const {
    return acpi() / "platform_profile";
}

}  // namespace gamesched::test

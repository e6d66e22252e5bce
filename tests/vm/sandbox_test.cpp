// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the unit keeps from the service. Its capabilities are tried in kernel_test.cpp, on each
// kernel.

#include <format>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using Sandbox = Vm;

TEST_F(Sandbox, TheExposureThatSystemdSeesIsAtMostTwo) {
    const std::string assessed = sh("systemd-analyze security --no-pager gameschedd.service").text;
    constexpr std::string_view kLast = "Overall exposure level for gameschedd.service: ";
    const size_t at = assessed.find(kLast);
    ASSERT_NE(at, std::string::npos) << assessed;
    const double exposure = std::stod(assessed.substr(at + kLast.size()));
    std::cout << "exposure: " << exposure << '\n';
    EXPECT_GT(exposure, 0);
    EXPECT_LE(exposure, 2) << assessed;
}

// What it still counts: "✗ RootDirectory=/RootImage=   Service runs within the host's root ...".
TEST_F(Sandbox, TheUnitSaysWhyWhatIsStillCountedStays) {
    const std::string comments = sh("systemctl cat gameschedd.service | grep '^# '").text;
    const std::string counted =
        sh("systemd-analyze security --no-pager gameschedd.service | awk '$1 == \"✗\" {print $2}'")
            .text;
    std::istringstream settings(counted);
    int number = 0;
    for (std::string setting; settings >> setting; ++number) {
        // The last name in CapabilityBoundingSet=~CAP_BPF, the first in RootDirectory=/RootImage=.
        const size_t value = setting.find("=~");
        const std::string name = value != std::string::npos
                                     ? setting.substr(value + 2)
                                     : setting.substr(0, setting.find('=') + 1);
        // As a word.
        const std::regex word("(^|\\W)" + name.substr(0, name.find_first_of("()|")) + "(\\W|$)");
        EXPECT_TRUE(std::regex_search(comments, word))
            << setting << ", as \"" << name << "\", is not in\n"
            << comments;
    }
    EXPECT_GT(number, 3) << counted;
}

// Of the program as it is installed, and of all of ours that users run.
TEST_F(Sandbox, ProgramsAreHardened) {
    for (const char* program :
         {"/usr/libexec/gameschedd", "/usr/bin/gamesched", "/usr/bin/gamesched-tray",
          "/usr/libexec/gamesched-session", "/usr/libexec/gamesched-agent"}) {
        const auto readelf = [&](const char* what) {
            return sh(std::format("readelf --wide {} {}", what, program)).text;
        };
        EXPECT_TRUE(readelf("--file-header").contains("DYN (Position-Independent Executable"))
            << program;
        EXPECT_TRUE(readelf("--dynamic").contains("BIND_NOW")) << program;
        const std::string segments = readelf("--program-headers");
        EXPECT_TRUE(segments.contains("GNU_RELRO")) << program;
        EXPECT_FALSE(segments.contains("RWE")) << program << segments;
        EXPECT_TRUE(readelf("--dyn-syms").contains("__stack_chk_fail")) << program;
        EXPECT_EQ(sh(std::format("stat -c %a {}", program)).text, "755") << "no setuid";
    }
    EXPECT_TRUE(sh("readelf --wide --dyn-syms /usr/libexec/gameschedd").text.contains("_chk@"))
        << "_FORTIFY_SOURCE";
    EXPECT_EQ(sh("find / -xdev -perm /6000 -name '*gamesched*'").text, "");
}

}  // namespace
}  // namespace gamesched::test

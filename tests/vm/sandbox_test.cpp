// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the unit keeps from the service. Its capabilities are tried in kernel_test.cpp, on each
// kernel.

#include <iostream>

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

}  // namespace
}  // namespace gamesched::test

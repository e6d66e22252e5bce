// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Commands and files, as a person at a shell would use them, and how long a test may take.

#pragma once

#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

namespace gamesched::test {

struct Output {
    int status = -1;   // as a shell says it
    std::string text;  // stdout and stderr
};

Output sh(const std::string& command);

std::string read_text(const std::string& path);

// True as soon as `condition` is, false after `limit`.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(10));

// ./dev test --long wants the long form of a test: `usual` seconds or rounds, or many more.
template <typename T>
T usual_or_long(T usual, T many) {
    return std::getenv("GAMESCHED_TEST_LONG") ? many : usual;
}

}  // namespace gamesched::test

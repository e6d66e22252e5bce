// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Commands and files, as a person at a shell would use them.

#pragma once

#include <chrono>
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

}  // namespace gamesched::test

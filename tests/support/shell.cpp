// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/shell.h"

#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

namespace gamesched::test {

Output sh(const std::string& command) {
    Output output;
    FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
    if (!pipe)
        return output;
    char buffer[4096];
    while (const size_t got = fread(buffer, 1, sizeof(buffer), pipe))
        output.text.append(buffer, got);
    const int status = pclose(pipe);
    output.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    while (output.text.ends_with('\n'))
        output.text.pop_back();
    return output;
}

std::string read_text(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    std::string result = text.str();
    while (result.ends_with('\n'))
        result.pop_back();
    return result;
}

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace gamesched::test

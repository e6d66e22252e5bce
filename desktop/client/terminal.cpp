// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/terminal.h"

#include <cstdio>
#include <cstdlib>
#include <format>

#include <fcntl.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

int code(Colour colour) {
    switch (colour) {
        case Colour::kGood:
            return 32;
        case Colour::kWarning:
            return 33;
        case Colour::kBad:
            return 31;
    }
    return 0;
}

}  // namespace

bool wants_colour() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDOUT_FILENO) == 1 && (no_colour == nullptr || *no_colour == '\0') &&
           terminal != nullptr && std::string_view{terminal} != "dumb";
}

std::string coloured(std::string_view text, Colour colour) {
    if (!wants_colour())
        return std::string{text};
    return std::format("\033[{}m{}\033[0m", code(colour), text);
}

void say(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
    std::fflush(stdout);
}

void print(const std::vector<std::string>& lines) {
    for (const std::string& line : lines)
        say(line);
}

void warn(std::string_view text) noexcept {
    std::fprintf(stderr, "gamesched: %.*s\n", static_cast<int>(text.size()), text.data());
}

int fail(const Problem& problem) {
    warn(sentence(problem));
    return problem.exit_code;
}

void open_standard_streams() noexcept {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
        // The lowest free number is taken, which is fd, because those below it are open by now.
        if (::fcntl(fd, F_GETFD) == -1 && ::open("/dev/null", O_RDWR | O_CLOEXEC) == -1)
            return;
    }
}

}  // namespace gamesched::client

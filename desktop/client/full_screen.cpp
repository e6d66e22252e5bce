// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/full_screen.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <format>

#include <sys/ioctl.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

constexpr char kEscape = '\x1b';

// The other screen, no cursor, and lines that are too long are cut: where the terminal takes a
// character for wider than we do, one line suffers and not the screen.
constexpr std::string_view kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J";
constexpr std::string_view kGiveBack = "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";

// A terminal that has gone is noticed at the next read.
void write_all(std::string_view text) noexcept {
    while (!text.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
        if (written < 0 && errno != EINTR)
            return;
        text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
}

}  // namespace

bool has_full_screen() {
    const char* terminal = std::getenv("TERM");
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 && terminal != nullptr &&
           *terminal != '\0' && std::string_view{terminal} != "dumb";
}

ScreenSize terminal_size() {
    constexpr unsigned short kWidest = 1'000;  // each cell takes memory
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {.width = std::min(size.ws_col, kWidest), .height = std::min(size.ws_row, kWidest)};
}

Result<std::unique_ptr<FullScreen>> FullScreen::create() {
    termios before{};
    if (::tcgetattr(STDIN_FILENO, &before) != 0)
        return std::unexpected{Problem{
            kExitRefused, std::format("cannot read the terminal: {}", std::strerror(errno)), ""}};
    return std::unique_ptr<FullScreen>{new FullScreen{before}};
}

void FullScreen::take() noexcept {
    if (taken_)
        return;
    // Ctrl+C and Ctrl+Z stay signals. Ctrl+S is none: it would stop us in the middle of a line.
    termios raw = before_;
    raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
    raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    write_all(kTake);
    taken_ = true;
}

void FullScreen::give_back() noexcept {
    if (!taken_)
        return;
    write_all(kGiveBack);
    // What was typed for us is not for the shell.
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    taken_ = false;
}

void FullScreen::show(const ftxui::Screen& screen) const {
    if (taken_)
        write_all(std::string{kHome} + screen.ToString());
}

Typed typed(std::string_view bytes) {
    if (bytes.empty())
        return Typed::kNothing;
    if (bytes.front() == kEscape)
        return bytes.size() == 1 ? Typed::kQuit : Typed::kOther;
    return bytes.find_first_of("qQ\x03") == std::string_view::npos ? Typed::kOther : Typed::kQuit;
}

Typed read_typed() {
    std::array<char, 256> buffer{};
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? Typed::kNothing : Typed::kHangUp;
    if (got == 0)
        return Typed::kHangUp;
    return typed({buffer.data(), static_cast<std::size_t>(got)});
}

}  // namespace gamesched::client

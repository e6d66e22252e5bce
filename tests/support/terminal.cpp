// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/terminal.h"

#include <format>
#include <stdexcept>

#include "tests/support/shell.h"

namespace gamesched::test {

Terminal::Terminal(const std::filesystem::path& socket, int width, int height)
    : socket_(socket.string()) {
    const std::string failure = tmux(
        std::format("new-session -d -x {} -y {} env -u NO_COLOR PS1='ready> ' sh", width, height));
    if (!failure.empty() || !shows("ready>"))
        throw std::runtime_error("there is no tmux: " + failure);
}

Terminal::~Terminal() {
    tmux("kill-server");
}

std::string Terminal::tmux(const std::string& arguments) const {
    return sh(std::format("tmux -S {} -f /dev/null {}", socket_, arguments)).text;
}

void Terminal::press(const std::string& key) const {
    tmux(std::format("send-keys '{}'", key));
}

void Terminal::enter(const std::string& command) const {
    tmux(std::format("send-keys -l '{}'", command));
    press("Enter");
}

void Terminal::resize(int width, int height) const {
    tmux(std::format("resize-window -x {} -y {}", width, height));
}

std::string Terminal::screen() const {
    return tmux("capture-pane -p");
}

std::string Terminal::screen_with_colours() const {
    return tmux("capture-pane -p -e");
}

bool Terminal::shows(const std::string& part) const {
    return eventually([&] { return screen().contains(part); });
}

std::string Terminal::state(const std::string& format) const {
    return tmux(std::format("display-message -p '{}'", format));
}

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A real terminal with a shell in it: the window of a tmux of its own, which nobody looks at.

#pragma once

#include <filesystem>
#include <string>

namespace gamesched::test {

class Terminal {
  public:
    // `socket`: a path for tmux.
    Terminal(const std::filesystem::path& socket, int width, int height);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    // As tmux send-keys has them: "q", "Escape", "C-c", or a text.
    void press(const std::string& key) const;
    void enter(const std::string& command) const;
    void resize(int width, int height) const;

    std::string screen() const;
    std::string screen_with_colours() const;
    bool shows(const std::string& part) const;  // soon
    // What tmux knows of the terminal: "#{alternate_on}".
    std::string state(const std::string& format) const;

  private:
    std::string tmux(const std::string& arguments) const;

    std::string socket_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The whole terminal, taken over for a while: its other screen, without echo, and keys as they are
// pressed. What stood there before is back when the object goes.
//
// FTXUI's own event loop is not used: it looks for keys fifty times a second.

#pragma once

#include "desktop/client/monitor.h"
#include "desktop/client/problem.h"

#include <memory>
#include <string>
#include <string_view>

#include <termios.h>

namespace gamesched::client {

// Whether the terminal can be taken over: stdin and stdout are one, and it obeys.
bool has_full_screen();

// That of the terminal at stdout; 80x24 where there is none, or it does not know.
ScreenSize terminal_size();

class FullScreen {
  public:
    static Result<std::unique_ptr<FullScreen>> create();

    FullScreen(const FullScreen&) = delete;
    FullScreen& operator=(const FullScreen&) = delete;
    ~FullScreen() { give_back(); }

    // For the time while the program is stopped.
    void give_back() noexcept;
    void take() noexcept;

    void show(const ftxui::Screen& screen) const;

  private:
    explicit FullScreen(const termios& before) : before_(before) { take(); }

    termios before_;
    bool taken_ = false;
};

// What was typed, read at once.
enum class Typed { kNothing, kOther, kQuit, kHangUp };
Typed read_typed();

// `bytes` as one read of the terminal has them. An escape sequence, such as an arrow key, comes in
// one read: a lone Esc is the key. Pure.
Typed typed(std::string_view bytes);

}  // namespace gamesched::client

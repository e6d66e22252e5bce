// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The desktop's screen saver, kept off while it is wanted: org.freedesktop.ScreenSaver of the
// session bus. It lets go by itself when we leave the bus.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>
#include <memory>
#include <optional>

namespace gamesched::session {

class Screensaver {
  public:
    explicit Screensaver(sdbus::IConnection& session_bus);

    void set_inhibited(bool wanted);

  private:
    void ask();
    void on_answer(std::optional<sdbus::Error> error, uint32_t cookie);
    void release();
    void complain(const sdbus::Error& error);

    std::unique_ptr<sdbus::IProxy> proxy_;
    bool wanted_ = false;
    bool asking_ = false;
    bool told_ = false;  // the journal knows that there is none
    std::optional<uint32_t> cookie_;
};

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which process has the window that the user looks at, as an X server knows it: Xorg, or the
// Xwayland of a Wayland compositor, which sees those of its own clients and none otherwise.
//
// Window managers and compositors keep the window in _NET_ACTIVE_WINDOW of the root window
// (Extended Window Manager Hints). Its process is asked of the server (X-Resource extension 1.2),
// which knows it from the socket, and not of the client, who may live in another PID namespace.

#pragma once

#include <sys/types.h>
#include <xcb/xcb.h>

#include <memory>

namespace gamesched::agent {

class ActiveWindow {
  public:
    // That of $DISPLAY. Throws std::runtime_error if there is no X server.
    ActiveWindow();

    // Readable when there is something for update().
    int fd() const;
    // Handles what has come. Whether the window, or that there is one, has changed. Throws
    // std::runtime_error when the server has gone.
    bool update();
    // 0: no window has the focus, or its process is not known, or runs on another machine.
    pid_t process();

  private:
    struct Disconnect {
        void operator()(xcb_connection_t* connection) const { xcb_disconnect(connection); }
    };

    void check() const;
    xcb_window_t window();

    std::unique_ptr<xcb_connection_t, Disconnect> connection_;
    xcb_window_t root_ = XCB_NONE;
    xcb_atom_t property_ = XCB_NONE;
};

}  // namespace gamesched::agent

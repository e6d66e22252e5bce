// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which window the user looks at, as compositors based on wlroots tell it (sway, labwc, Wayfire,
// river, Hyprland): wlr-foreign-toplevel-management. They say what the window's application calls
// itself, and not which process it is.

#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

struct wl_display;
struct wl_array;
struct wl_registry;
struct zwlr_foreign_toplevel_handle_v1;
struct zwlr_foreign_toplevel_manager_v1;

namespace gamesched::agent {

class ActiveToplevel {
  public:
    // That of $WAYLAND_DISPLAY. Null if there is no compositor or it does not tell.
    static std::unique_ptr<ActiveToplevel> create();
    ~ActiveToplevel();
    ActiveToplevel(const ActiveToplevel&) = delete;
    ActiveToplevel& operator=(const ActiveToplevel&) = delete;

    // Readable when there is something for update().
    int fd() const;
    // Handles what has come. Throws std::runtime_error when the compositor has gone.
    void update();
    // Of the active window; empty if there is none.
    std::string app_id() const;

  private:
    struct Toplevel {
        ActiveToplevel* owner;
        zwlr_foreign_toplevel_handle_v1* handle;
        std::string app_id;
        bool active = false;
    };
    struct Listeners;

    ActiveToplevel() = default;
    bool connect();
    void drop(Toplevel& toplevel);

    wl_display* display_ = nullptr;
    wl_registry* registry_ = nullptr;
    zwlr_foreign_toplevel_manager_v1* manager_ = nullptr;
    std::list<Toplevel> toplevels_;
};

}  // namespace gamesched::agent

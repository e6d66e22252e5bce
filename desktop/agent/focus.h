// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Tells gameschedd whose window has the focus, as long as that matters: while at least two games
// run. Who knows it is the compositor, where it says so (org.gamesched1.Agent), or where it can be
// asked, and otherwise the X server. As long as fewer games run we are connected to neither.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "desktop/agent/active_toplevel.h"
#include "desktop/agent/active_window.h"
#include "service/base/fd.h"
#include "service/base/loop.h"

namespace gamesched::agent {

class Focus {
  public:
    // The process of the game whose window's application calls itself so; 0 if none does.
    using Owner = std::function<pid_t(const std::string& app_id)>;

    // `connection`: to the system bus.
    Focus(Loop& loop, sdbus::IConnection& connection, Owner owner);
    // Nobody follows any more: all games are equal again.
    ~Focus();

    // Games have come or gone, or are found to be others than they were thought to be.
    void on_games(size_t count);
    // The compositor's word, which counts for as long as we run: a pidfd of the process whose
    // window has the focus; absent: nobody's.
    void say(Fd process);

  private:
    void follow();
    bool follow_toplevels();
    void follow_x();
    void on_toplevels();
    void on_x();
    void tell_toplevel();
    void tell_said();
    bool is_following() const { return toplevels_ || window_; }
    void stop_following();
    void tell(pid_t process);
    void leave();

    Loop& loop_;
    std::unique_ptr<sdbus::IProxy> manager_;
    Owner owner_;
    bool choosing_ = false;  // among several games
    std::optional<Fd> said_;
    std::unique_ptr<ActiveToplevel> toplevels_;
    std::optional<std::string> toplevel_;  // the one that was told last
    std::optional<ActiveWindow> window_;
    Source events_;
};

}  // namespace gamesched::agent

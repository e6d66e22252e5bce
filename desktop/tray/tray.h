// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The tray: owns its parts, and carries out what is chosen in the menu.

#pragma once

#include <gio/gio.h>

#include <functional>
#include <memory>
#include <string>

#include "desktop/tray/item.h"
#include "desktop/tray/menu.h"
#include "desktop/tray/model.h"
#include "desktop/tray/notifier.h"
#include "desktop/tray/service.h"
#include "desktop/tray/settings.h"

namespace gamesched::tray {

inline constexpr char kBusName[] = "org.gamesched1.Tray";  // on the session bus

class Tray {
  public:
    // `session` is where kBusName is owned. `quit` ends the loop.
    Tray(GDBusConnection* session, std::function<void()> quit);
    Tray(const Tray&) = delete;
    Tray& operator=(const Tray&) = delete;
    ~Tray();

  private:
    static gboolean on_idle(gpointer self) noexcept;

    // Soon and once, however much changes at the same time.
    void update_soon();
    void update();

    void carry_out(const Action& action);
    void ignore(const std::string& object);
    void end_as_game(const GameFacts& game, const std::string& how_to_keep_it);
    void toggle_notify();
    Service::Done complain(std::string what);

    void on_trip(const TripFacts& trip);
    void on_game_started(const std::string& name);

    std::function<void()> quit_;
    Settings settings_;
    std::vector<std::string> monitor_;  // its command; empty if there is no terminal
    Notifier notifier_;
    Menu menu_;
    std::unique_ptr<Item> item_;
    Service service_;
    guint idle_ = 0;
};

}  // namespace gamesched::tray

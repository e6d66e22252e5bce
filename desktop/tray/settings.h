// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the user has chosen in the menu and what outlives the tray: a key file, tray.ini.

#pragma once

#include <filesystem>

namespace gamesched::tray {

class Settings {
  public:
    // A file that is not there or not readable leaves all at its default; it is not touched until
    // something is chosen.
    explicit Settings(std::filesystem::path file);

    bool notify_games() const { return notify_games_; }
    // False if it could not be stored; it is in force all the same.
    bool set_notify_games(bool wanted);

  private:
    std::filesystem::path file_;
    bool notify_games_ = false;
};

// $XDG_CONFIG_HOME/gamesched/tray.ini
std::filesystem::path settings_file();

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Programs that say of themselves that they are games: the desktop entries of the system (Desktop
// Entry Specification, Categories=Game). Only directories that are root's are read.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched {

struct DesktopEntry {
    std::string id;       // name of its file without .desktop
    std::string program;  // last component of what it executes; of a Flatpak, the application's id
    std::string name;
    bool is_game = false;
    std::vector<std::string> command;  // the words of what it executes
};

// Whether it starts something that starts games, so that its name is none of theirs.
bool is_launcher_entry(const DesktopEntry& entry);

class DesktopEntries {
  public:
    static constexpr size_t kMaxEntries = 8192;

    // What cannot be read is left out.
    static DesktopEntries load(const std::vector<std::filesystem::path>& directories);

    // One entry's text. `id` as in DesktopEntry.
    void add(std::string_view id, const std::string& text);

    // Null if there is none. An entry that is a game comes before another one of the same program.
    const DesktopEntry* find_by_program(std::string_view program) const;
    const DesktopEntry* find_by_id(std::string_view id) const;

    const std::vector<DesktopEntry>& all() const { return entries_; }
    // Names of the programs of all games.
    std::vector<std::string> game_programs() const;

  private:
    std::vector<DesktopEntry> entries_;
};

}  // namespace gamesched

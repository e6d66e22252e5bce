// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/title_finder.h"

#include <algorithm>
#include <cstdlib>

#include "desktop/agent/lutris.h"
#include "desktop/agent/steam.h"
#include "service/base/file.h"
#include "service/detection/programs.h"
#include "service/detection/scope.h"

namespace gamesched::agent {
namespace {

void add_entries(const std::filesystem::path& folder, DesktopEntries& entries) {
    std::error_code error;
    size_t seen = 0;
    for (std::filesystem::directory_iterator files(folder, error), end;
         !error && files != end && seen < kMaxFiles; files.increment(error), ++seen)
        if (files->path().extension() == ".desktop")
            if (const auto text = read_regular(files->path(), kMaxFileBytes))
                entries.add(files->path().stem().string(), *text);
}

// Steam's own shortcuts: Exec=steam steam://rungameid/N. Of a program that is no Steam game N is
// its AppId in the upper half of 64 bits.
bool runs_app_id(const DesktopEntry& entry, const std::string& app_id) {
    constexpr std::string_view kUrl = "steam://rungameid/";
    for (const std::string& word : entry.command) {
        if (!word.starts_with(kUrl))
            continue;
        const std::string number = word.substr(kUrl.size());
        if (number == app_id ||
            std::to_string(std::strtoull(number.c_str(), nullptr, 10) >> 32) == app_id)
            return true;
    }
    return false;
}

// A game of its own: not what starts games, and not a link to one in something that does.
bool is_own_game(const DesktopEntry& entry) {
    return entry.is_game && !is_launcher_entry(entry) &&
           std::ranges::none_of(entry.command, [](const std::string& word) {
               return word.contains("://") || word.starts_with("lutris:");
           });
}

// Interpreters, Wine and the like are there for many games.
bool is_files_own(const std::string& path) {
    return path.starts_with('/') && !path.starts_with("/usr/") && !path.starts_with("/bin/");
}

template <typename Predicate>
const DesktopEntry* find_if(const DesktopEntries& entries, Predicate predicate) {
    const auto found = std::ranges::find_if(entries.all(), predicate);
    return found == entries.all().end() ? nullptr : &*found;
}

const DesktopEntry* find_own_game(const DesktopEntries& entries, const std::string& id) {
    const DesktopEntry* entry = entries.find_by_id(id);
    return entry && is_own_game(*entry) ? entry : nullptr;
}

}  // namespace

const DesktopEntry* find_entry(const DesktopEntries& entries, const Played& played) {
    const auto runs = [&](const DesktopEntry& entry) { return runs_app_id(entry, played.app_id); };
    if (const DesktopEntry* entry = is_app_id(played.app_id) ? find_if(entries, runs) : nullptr)
        return entry;
    if (const DesktopEntry* entry = find_own_game(entries, played.flatpak_id))
        return entry;
    const auto starts_its_file = [&](const DesktopEntry& entry) {
        return is_own_game(entry) && std::ranges::any_of(entry.command, [&](const auto& word) {
                   return is_files_own(word) && std::ranges::contains(played.paths, word);
               });
    };
    if (const DesktopEntry* entry = find_if(entries, starts_its_file))
        return entry;
    for (const std::string& id : entry_ids_of(played.scope))
        if (const DesktopEntry* entry = find_own_game(entries, id))
            return entry;
    const auto starts_its_name = [&](const DesktopEntry& entry) {
        return is_own_game(entry) &&
               std::ranges::any_of(played.programs, [&](const std::string& program) {
                   return is_files_own(program) &&
                          std::ranges::contains(entry.command, base_name(program));
               });
    };
    return find_if(entries, starts_its_name);
}

std::string find_title(const Places& places, const Played& played) {
    if (std::string title = find_steam_title(places, played.app_id); !title.empty())
        return title;
    DesktopEntries entries;
    add_entries(places.data / "applications", entries);
    add_entries(places.data / "flatpak/exports/share/applications", entries);
    if (const DesktopEntry* entry = find_entry(entries, played))
        return entry->name;
    return find_lutris_title(places, played.paths);
}

}  // namespace gamesched::agent

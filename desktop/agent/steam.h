// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Titles of Steam's games: steamapps/appmanifest_N.acf in Steam's own folder and in its libraries.

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "desktop/agent/places.h"

namespace gamesched::agent {

// A number that is an AppId.
bool is_app_id(std::string_view text);

// A manifest's title; empty if there is none.
std::string title_of_manifest(std::string_view text);

// The folders that libraryfolders.vdf names, none if the file is wrong.
std::vector<std::filesystem::path> libraries_of(std::string_view text);

// Empty if it is in no library.
std::string find_steam_title(const Places& places, const std::string& app_id);

}  // namespace gamesched::agent

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/steam.h"

#include <algorithm>
#include <array>

#include "desktop/agent/vdf.h"
#include "service/base/file.h"

namespace gamesched::agent {
namespace {

constexpr size_t kMaxLibraries = 64;

constexpr std::array kFolders = {".steam/steam", ".local/share/Steam",
                                 ".var/app/com.valvesoftware.Steam/.local/share/Steam",  // Flatpak
                                 "snap/steam/common/.local/share/Steam"};

std::string title_in(const std::filesystem::path& folder, const std::string& app_id) {
    const auto text =
        read_regular(folder / "steamapps" / ("appmanifest_" + app_id + ".acf"), kMaxFileBytes);
    return text ? title_of_manifest(*text) : "";
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

bool is_app_id(std::string_view text) {
    return is_number(text) && text.size() <= 10 && text.front() != '0';
}

std::string title_of_manifest(std::string_view text) {
    std::string title;
    const bool whole = visit_vdf(text, [&](const auto& keys, const std::string& value) {
        if (keys.size() == 2 && is_key(keys[0], "AppState") && is_key(keys[1], "name"))
            title = value;
    });
    return whole ? title : "";
}

std::vector<std::filesystem::path> libraries_of(std::string_view text) {
    std::vector<std::filesystem::path> libraries;
    const bool whole = visit_vdf(text, [&](const auto& keys, const std::string& value) {
        // Before 2021 a library was its path, without further values.
        const bool is_path = (keys.size() == 3 && is_key(keys[2], "path")) ||
                             (keys.size() == 2 && is_number(keys[1]));
        if (is_path && is_key(keys[0], "libraryfolders") && value.starts_with('/') &&
            libraries.size() < kMaxLibraries)
            libraries.emplace_back(value);
    });
    return whole ? libraries : std::vector<std::filesystem::path>();
}

std::string find_steam_title(const Places& places, const std::string& app_id) {
    if (!is_app_id(app_id))
        return "";
    for (const char* folder : kFolders) {
        const auto steam = places.home / folder;
        if (std::string title = title_in(steam, app_id); !title.empty())
            return title;
        const auto text = read_regular(steam / "steamapps/libraryfolders.vdf", kMaxFileBytes);
        for (const auto& library : text ? libraries_of(*text) : libraries_of(""))
            if (std::string title = title_in(library, app_id); !title.empty())
                return title;
    }
    return "";
}

}  // namespace gamesched::agent

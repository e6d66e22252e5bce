// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/lutris.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>

#include "desktop/agent/vdf.h"
#include "service/base/file.h"

namespace gamesched::agent {
namespace {

std::string text_of(const YAML::Node& node, const char* key) {
    const YAML::Node value = node.IsMap() ? node[key] : YAML::Node();
    return value && value.IsScalar() ? value.Scalar() : "";
}

}  // namespace

std::optional<LutrisGame> read_lutris(const std::string& text) {
    try {
        const YAML::Node root = YAML::Load(text);
        const YAML::Node game = root.IsMap() ? root["game"] : YAML::Node();
        LutrisGame found = {.name = text_of(root, "name"), .file = ""};
        for (const char* key : {"exe", "main_file"})
            if (game && found.file.empty())
                found.file = text_of(game, key);
        if (found.name.empty() || found.file.empty())
            return std::nullopt;
        return found;
    } catch (const YAML::Exception&) {
        return std::nullopt;
    }
}

bool is_lutris_file(const std::string& file, std::string path) {
    if (path.starts_with('/'))
        return path == file;
    std::ranges::replace(path, '\\', '/');
    if (path.size() < 4 || path[1] != ':' || path[2] != '/')
        return false;
    const std::string inside = path.substr(2);
    if (is_key(path.substr(0, 1), "z"))
        return is_key(inside, file);
    const std::string in_prefix = "/drive_" + path.substr(0, 1) + inside;
    return file.size() > in_prefix.size() &&
           is_key(std::string_view(file).substr(file.size() - in_prefix.size()), in_prefix);
}

std::string find_lutris_title(const Places& places, std::span<const std::string> paths) {
    for (const auto& folder : {places.data / "lutris/games", places.config / "lutris/games",
                               places.home / ".var/app/net.lutris.Lutris/data/lutris/games"}) {
        std::error_code error;
        size_t seen = 0;
        for (std::filesystem::directory_iterator files(folder, error), end;
             !error && files != end && seen < kMaxFiles; files.increment(error), ++seen) {
            if (files->path().extension() != ".yml")
                continue;
            const auto text = read_regular(files->path(), kMaxFileBytes);
            const auto game = text ? read_lutris(*text) : std::nullopt;
            if (game && std::ranges::any_of(paths, [&](const std::string& path) {
                    return is_lutris_file(game->file, path);
                }))
                return game->name;
        }
    }
    return "";
}

}  // namespace gamesched::agent

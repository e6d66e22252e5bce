// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <fstream>
#include <set>
#include <sstream>

#include "service/base/process.h"

namespace gamesched::session {
namespace {

constexpr char kFile[] = "gamemode.ini";
constexpr size_t kMaxFileBytes = 256 * 1024;
constexpr size_t kMaxNameBytes = 256;  // as the journal has it
constexpr int kMaxNice = 20, kMaxLevel = 7, kMaxTimeout = 3600;

struct Name {
    std::string_view section, key;
};

// What only root may change, and what belongs to the scheduler.
constexpr std::array kSystems = {
    Name{"general", "desiredgov"},       Name{"general", "defaultgov"},
    Name{"general", "desiredprof"},      Name{"general", "defaultprof"},
    Name{"general", "igpu_desiredgov"},  Name{"general", "igpu_power_threshold"},
    Name{"general", "softrealtime"},     Name{"general", "disable_splitlock"},
    Name{"cpu", "park_cores"},           Name{"cpu", "pin_cores"},
    Name{"cpu", "amd_x3d_mode_desired"}, Name{"cpu", "amd_x3d_mode_default"},
};

bool is_of_system(const Entry& entry) {
    return entry.section == "gpu" || std::ranges::any_of(kSystems, [&](const Name& name) {
               return name.section == entry.section && name.key == entry.key;
           });
}

std::optional<int> number_in(std::string_view text, int least, int most) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < least || value > most)
        return std::nullopt;
    return value;
}

bool add(std::vector<std::string>& list, const std::string& value) {
    if (value.empty())  // "whitelist=" says nothing
        return true;
    if (list.size() >= Config::kMaxList)
        return false;
    list.push_back(value);
    return true;
}

template <typename Value>
bool set(Value& value, const std::string& text, int least, int most) {
    const auto number = number_in(text, least, most);
    if (number)
        value = Value(*number);
    return number.has_value();
}

bool set_switch(bool& value, const std::string& text) {
    const auto number = number_in(text, 0, 1);
    if (number)
        value = *number == 1;
    return number.has_value();
}

bool set_ioprio(std::optional<int>& value, const std::string& text) {
    if (text == "off") {
        value.reset();
        return true;
    }
    if (text == "default" || text == "reset") {
        value = Config().ioprio;
        return true;
    }
    const auto number = number_in(text, 0, kMaxLevel);
    if (number)
        value = *number;
    return number.has_value();
}

bool set_general(Config& config, const Entry& entry) {
    if (entry.key == "renice")
        return set(config.nice, entry.value, 0, kMaxNice);
    if (entry.key == "ioprio")
        return set_ioprio(config.ioprio, entry.value);
    if (entry.key == "inhibit_screensaver")
        return set_switch(config.inhibit_screensaver, entry.value);
    return false;
}

bool set_filter(Config& config, const Entry& entry) {
    if (entry.key == "whitelist")
        return add(config.whitelist, entry.value);
    if (entry.key == "blacklist")
        return add(config.blacklist, entry.value);
    return false;
}

bool set_supervisor(Config& config, const Entry& entry) {
    if (entry.key == "supervisor_whitelist")
        return add(config.supervisor_whitelist, entry.value);
    if (entry.key == "supervisor_blacklist")
        return add(config.supervisor_blacklist, entry.value);
    if (entry.key == "require_supervisor")
        return set_switch(config.require_supervisor, entry.value);
    return false;
}

bool set_custom(Config& config, const Entry& entry) {
    if (entry.key == "start")
        return add(config.start_scripts, entry.value);
    if (entry.key == "end")
        return add(config.end_scripts, entry.value);
    if (entry.key == "script_timeout")
        return set(config.script_timeout, entry.value, 1, kMaxTimeout);
    return false;
}

bool set_value(Config& config, const Entry& entry) {
    if (entry.section == "general")
        return set_general(config, entry);
    if (entry.section == "filter")
        return set_filter(config, entry);
    if (entry.section == "supervisor")
        return set_supervisor(config, entry);
    if (entry.section == "custom")
        return set_custom(config, entry);
    return false;
}

void note(std::vector<std::string>& list, const Entry& entry) {
    const std::string name = std::format("[{}] {}", entry.section, entry.key);
    if (list.size() < Config::kMaxList && !std::ranges::contains(list, name))
        list.push_back(name);
}

std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text(kMaxFileBytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return text;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names)
        text += (text.empty() ? "" : ", ") + printable(name, kMaxNameBytes);
    return text;
}

}  // namespace

void merge(Config& config, const std::vector<Entry>& entries) {
    for (const Entry& entry : entries) {
        if (is_of_system(entry))
            note(config.left_to_system, entry);
        else if (entry.section == "general" && entry.key == "reaper_freq")
            note(config.not_needed, entry);
        else if (!set_value(config, entry))
            note(config.not_understood, entry);
    }
}

std::vector<std::filesystem::path> config_directories(const char* xdg_config_home, const char* home,
                                                      const std::filesystem::path& working) {
    std::vector<std::filesystem::path> directories = {"/usr/share/gamemode", "/etc"};
    if (xdg_config_home != nullptr && *xdg_config_home != '\0')
        directories.emplace_back(xdg_config_home);
    else if (home != nullptr && *home != '\0')
        directories.push_back(std::filesystem::path(home) / ".config");
    directories.push_back(working);
    return directories;
}

Config load(const std::vector<std::filesystem::path>& directories) {
    Config config;
    std::set<std::filesystem::path> seen;  // lists would grow twice, and scripts run twice
    for (const std::filesystem::path& directory : directories) {
        std::error_code error;
        const auto path = std::filesystem::canonical(directory / kFile, error);
        if (error || !seen.insert(path).second)
            continue;
        const Ini ini = parse_ini(read_file(path));
        merge(config, ini.entries);
        for (const int line : ini.wrong_lines)
            if (config.not_understood.size() < Config::kMaxList)
                config.not_understood.push_back(std::format("{}:{}", path.string(), line));
    }
    return config;
}

std::vector<std::string> remarks(const Config& config) {
    std::vector<std::string> lines;
    if (!config.left_to_system.empty())
        lines.push_back(std::format(
            "gamemode.ini: without effect here: {}: governors, power profile, GPU and cores belong "
            "to the system, of which gameschedd has what concerns scheduling",
            joined(config.left_to_system)));
    if (!config.not_needed.empty())
        lines.push_back(
            std::format("gamemode.ini: not needed: {}: the end of a game is seen when it happens",
                        joined(config.not_needed)));
    if (!config.not_understood.empty())
        lines.push_back(std::format("gamemode.ini: not understood and ignored: {}",
                                    joined(config.not_understood)));
    return lines;
}

}  // namespace gamesched::session

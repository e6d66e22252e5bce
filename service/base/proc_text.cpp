// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/proc_text.h"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace gamesched {

std::optional<uint64_t> stat_field(std::string_view stat, int number) {
    const size_t end = stat.rfind(')');
    if (end == std::string_view::npos)
        return std::nullopt;
    std::istringstream fields{std::string(stat.substr(end + 1))};
    std::string field;
    for (int i = 3; i <= number; ++i)
        if (!(fields >> field))
            return std::nullopt;
    uint64_t value = 0;
    const auto [stop, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc())
        return std::nullopt;
    return value;
}

std::optional<uint64_t> status_field(std::string_view status, std::string_view label) {
    std::istringstream lines{std::string(status)};
    std::string line;
    while (std::getline(lines, line))
        if (line.starts_with(label))
            return std::strtoull(line.c_str() + label.size(), nullptr, 10);
    return std::nullopt;
}

std::string unified_cgroup(std::string_view cgroup) {
    constexpr std::string_view kUnified = "0::";
    std::istringstream lines{std::string(cgroup)};
    std::string line;
    while (std::getline(lines, line))
        if (line.starts_with(kUnified))
            return line.substr(kUnified.size());
    return "";
}

std::vector<std::string> split_arguments(std::string_view raw) {
    std::vector<std::string> arguments;
    while (!raw.empty()) {
        const size_t end = std::min(raw.find('\0'), raw.size());
        arguments.emplace_back(raw.substr(0, end));
        raw.remove_prefix(std::min(end + 1, raw.size()));
    }
    return arguments;
}

std::map<std::string, std::string> variables_in(std::string_view environ,
                                                std::span<const char* const> names) {
    std::map<std::string, std::string> found;
    for (const std::string& entry : split_arguments(environ)) {
        const size_t equals = entry.find('=');
        if (equals != std::string::npos &&
            std::ranges::contains(names, entry.substr(0, equals),
                                  [](const char* name) { return std::string(name); }))
            found[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
    return found;
}

}  // namespace gamesched

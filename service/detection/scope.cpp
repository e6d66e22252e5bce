// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/scope.h"

#include <algorithm>
#include <charconv>

namespace gamesched {
namespace {

// Stands for a dash that separates nothing.
constexpr char kEscapedDash = '\x01';

// Without the escapes of systemd's names, \xNN.
std::string unescaped(const std::string& name) {
    std::string text;
    for (size_t i = 0; i < name.size(); ++i) {
        unsigned value = 0;
        const char* digits = name.data() + i + 2;
        if (name.compare(i, 2, "\\x") == 0 && i + 4 <= name.size() &&
            std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
            text += value == '-' ? kEscapedDash : static_cast<char>(value);
            i += 3;
        } else {
            text += name[i];
        }
    }
    return text;
}

}  // namespace

std::string last_component(const std::string& cgroup) {
    return cgroup.substr(cgroup.rfind('/') + 1);
}

std::vector<std::string> entry_ids_of(const std::string& unit) {
    const std::string name = unit.substr(0, unit.rfind('.'));
    if (name.starts_with("snap.")) {
        std::string id = name.substr(5, name.find('-') - 5);
        std::ranges::replace(id, '.', '_');
        return {id};
    }
    if (!name.starts_with("app-"))
        return {};
    std::vector<std::string> found;
    const std::string ids = unescaped(name.substr(0, std::min(name.find('@'), name.size())));
    for (size_t from = 3; from != std::string::npos; from = ids.find('-', from + 1))
        for (size_t to = ids.size(); to != std::string::npos && to > from + 1;
             to = ids.rfind('-', to - 1)) {
            std::string id = ids.substr(from + 1, to - from - 1);
            std::ranges::replace(id, kEscapedDash, '-');
            found.push_back(std::move(id));
        }
    return found;
}

}  // namespace gamesched

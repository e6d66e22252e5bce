// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/rule.h"

#include <format>
#include <string_view>

namespace gamesched::tray {
namespace {

constexpr size_t kMaxTextBytes = 256;  // what the service takes

// A name as a pattern that fits nothing else.
std::string pattern_of(std::string_view name) {
    std::string pattern;
    for (const char c : name) {
        if (std::string_view("*?[\\").contains(c))
            pattern += '\\';
        pattern += c;
    }
    return pattern;
}

// As a basic string of TOML.
std::string toml_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f')
            quoted += std::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            quoted += c;
    }
    return quoted + '"';
}

std::string rule(std::string_view key, const std::string& value) {
    return std::format("[[game]]\n{} = {}\nignore = true", key, toml_string(value));
}

}  // namespace

std::optional<std::string> rule_against(const ProgramFacts& program) {
    if (!program.app_id.empty())
        return rule("app-id", program.app_id);
    const std::string pattern = pattern_of(program.executable);
    if (pattern.empty() || pattern.size() > kMaxTextBytes)
        return std::nullopt;
    return rule("executable", pattern);
}

}  // namespace gamesched::tray

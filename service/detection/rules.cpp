// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/rules.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <format>
#include <fstream>
#include <map>
#include <sstream>
#include <toml++/toml.hpp>

#include "service/base/process.h"

namespace gamesched {
namespace {

constexpr size_t kMaxTextBytes = 256;
// As messages have them: keys, and what the TOML parser says, which quotes the file.
constexpr size_t kMaxKeyBytes = 128, kMaxProblemBytes = 256;

struct TextKey {
    std::string_view key;
    std::string Rule::* field;
    bool matches;  // or sets
};

constexpr std::array<TextKey, 6> kTextKeys = {{
    {"app-id", &Rule::app_id, true},
    {"executable", &Rule::executable, true},
    {"path", &Rule::path, true},
    {"cgroup", &Rule::cgroup, true},
    {"name", &Rule::name, false},
    {"profile", &Rule::profile, false},
}};

std::unexpected<Error> wrong(std::string_view file, const toml::node& node, std::string_view key,
                             std::string_view what) {
    return fail(ErrorKind::kInvalidConfiguration,
                std::format("{}:{}: {}: {}", file, node.source().begin.line,
                            printable(key, kMaxKeyBytes), what));
}

Result<void> set_key(Rule& rule, std::string_view key, const toml::node& node,
                     std::string_view file) {
    if (key == "ignore") {
        const auto ignore = node.value_exact<bool>();
        if (!ignore)
            return wrong(file, node, key, "must be true or false");
        rule.ignore = *ignore;
        return {};
    }
    const auto found = std::ranges::find(kTextKeys, key, &TextKey::key);
    if (found == kTextKeys.end())
        return wrong(file, node, key, "there is no such key in a rule");
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty() || text->size() > kMaxTextBytes)
        return wrong(file, node, key,
                     std::format("must be a text of 1 to {} bytes", kMaxTextBytes));
    rule.*found->field = *text;
    return {};
}

Result<Rule> rule_of(const toml::table& table, std::string_view file) {
    Rule rule;
    rule.place = std::format("{}:{}", file, table.source().begin.line);
    for (const auto& [key, node] : table)
        if (auto set = set_key(rule, key.str(), node, file); !set)
            return std::unexpected(set.error());
    const bool matches = std::ranges::any_of(
        kTextKeys, [&](const TextKey& key) { return key.matches && !(rule.*key.field).empty(); });
    if (!matches)
        return wrong(file, table, "game",
                     "says nothing about which: app-id, executable, path or cgroup is needed");
    if (!rule.ignore && rule.name.empty() && rule.profile.empty())
        return wrong(file, table, "game", "sets nothing: name, profile or ignore is needed");
    return rule;
}

bool fits(const std::string& pattern, const std::string& text) {
    return pattern.empty() || fnmatch(pattern.c_str(), text.c_str(), FNM_CASEFOLD) == 0;
}

}  // namespace

Result<void> Rules::add_toml(std::string_view text, std::string_view file) {
    std::vector<Rule> fresh;
    try {
        const toml::table whole = toml::parse(text, file);
        for (const auto& [key, node] : whole) {
            const toml::array* games = node.as_array();
            if (key.str() != "game" || !games || !games->is_homogeneous<toml::table>())
                return wrong(file, node, key.str(), "a file of rules has [[game]] tables only");
            for (const toml::node& game : *games) {
                auto rule = rule_of(*game.as_table(), file);
                if (!rule)
                    return std::unexpected(rule.error());
                fresh.push_back(std::move(*rule));
            }
        }
    } catch (const toml::parse_error& error) {
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}:{}: {}", file, error.source().begin.line,
                                printable(error.description(), kMaxProblemBytes)));
    }
    if (rules_.size() + fresh.size() > kMaxRules)
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}: there are more than {} rules in all", file, kMaxRules));
    std::ranges::move(fresh, std::back_inserter(rules_));
    return {};
}

Result<Rules> Rules::load(const std::vector<std::filesystem::path>& directories) {
    std::map<std::string, std::filesystem::path, std::greater<>> by_name;
    for (const auto& directory : directories) {
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(directory / "games.d", error))
            if (entry.path().extension() == ".toml")
                by_name[entry.path().filename().string()] = entry.path();
    }
    Rules rules;
    for (const auto& [name, path] : by_name) {
        std::ifstream file(path);
        std::ostringstream text;
        text << file.rdbuf();
        if (!file)
            return fail(ErrorKind::kInvalidConfiguration,
                        std::format("{}: cannot be read", path.string()));
        if (auto added = rules.add_toml(text.str(), path.string()); !added)
            return std::unexpected(added.error());
    }
    return rules;
}

const Rule* Rules::find(const RuleSubject& subject) const {
    const auto found = std::ranges::find_if(rules_, [&](const Rule& rule) {
        return (rule.app_id.empty() || rule.app_id == subject.app_id) &&
               fits(rule.executable, subject.executable) && fits(rule.path, subject.path) &&
               fits(rule.cgroup, subject.cgroup);
    });
    return found == rules_.end() ? nullptr : &*found;
}

std::vector<std::string> Rules::executables() const {
    std::vector<std::string> names;
    for (const Rule& rule : rules_)
        if (!rule.executable.empty() && rule.executable.find_first_of("*?[\\") == std::string::npos)
            names.push_back(rule.executable);
    return names;
}

}  // namespace gamesched

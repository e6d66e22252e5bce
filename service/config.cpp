// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/config.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <toml++/toml.hpp>

#include "service/base/process.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

constexpr std::chrono::milliseconds kLongestLinger{600'000};
constexpr std::chrono::minutes kLongestStayOff{1440};
// As messages have them: keys, and what the TOML parser says, which quotes the file.
constexpr size_t kMaxKeyBytes = 128, kMaxProblemBytes = 256;
constexpr size_t kMaxNames = 64;  // gs_launchers, gs_helpers; gs_session holds two lists

// One key of one file, for messages.
struct Place {
    std::string_view file;
    std::string key;
    const toml::node& node;

    std::unexpected<Error> wrong(std::string_view what) const {
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}:{}: {}: {}", file, node.source().begin.line,
                                printable(key, kMaxKeyBytes), what));
    }
};

Result<void> set_mode(Config& config, const Place& place) {
    const auto text = place.node.value<std::string>();
    const auto mode = text ? parse_mode(*text) : std::nullopt;
    if (!mode)
        return place.wrong("must be \"auto\", \"on\" or \"off\"");
    config.mode = *mode;
    return {};
}

Result<void> set_profile(Config& config, const Place& place) {
    const auto name = place.node.value_exact<std::string>();
    if (!name)
        return place.wrong("must be the name of a profile");
    config.profile = *name;
    config.profile_place = std::format("{}:{}", place.file, place.node.source().begin.line);
    return {};
}

// `units`: what Duration counts, for messages.
template <typename Duration>
Result<void> set_duration(Duration& setting, const Place& place, Duration longest,
                          const char* units) {
    const auto value = place.node.value_exact<int64_t>();
    if (!value || *value < 0 || *value > longest.count())
        return place.wrong(
            std::format("must be a whole number of {} from 0 to {}", units, longest.count()));
    setting = Duration(*value);
    return {};
}

Result<void> set_switch(bool& setting, const Place& place) {
    const auto value = place.node.value_exact<bool>();
    if (!value)
        return place.wrong("must be true or false");
    setting = *value;
    return {};
}

Result<void> set_setting(std::string& setting, const Place& place) {
    const auto value = place.node.value_exact<std::string>();
    if (!value || !Profiles::is_name(*value))
        return place.wrong("must be a value of letters, digits, \"-\" and \"_\", or \"keep\"");
    setting = *value;
    return {};
}

Result<void> set_one_of(std::string& setting, std::initializer_list<std::string_view> values,
                        const Place& place) {
    const auto value = place.node.value_exact<std::string>();
    if (!value || (*value != PowerConfig::kKeep && !std::ranges::contains(values, *value))) {
        std::string list;
        for (const std::string_view each : values)
            list += std::format("\"{}\", ", each);
        return place.wrong(std::format("must be one of {}\"{}\"", list, PowerConfig::kKeep));
    }
    setting = *value;
    return {};
}

Result<void> set_scope_weight(Config& config, const Place& place) {
    if (place.node.value_exact<std::string>() == PowerConfig::kKeep) {
        config.power.scope_weight = 0;
        return {};
    }
    const auto weight = place.node.value_exact<int64_t>();
    if (!weight || *weight < 1 || std::cmp_greater(*weight, PowerConfig::kMaxScopeWeight))
        return place.wrong(std::format("must be a whole number from 1 to {}, or \"{}\"",
                                       PowerConfig::kMaxScopeWeight, PowerConfig::kKeep));
    config.power.scope_weight = static_cast<uint64_t>(*weight);
    return {};
}

Result<void> set_profile_on_battery(Config& config, const Place& place) {
    config.power.profile_on_battery_place =
        std::format("{}:{}", place.file, place.node.source().begin.line);
    return set_setting(config.power.profile_on_battery, place);
}

Result<void> set_names(std::vector<std::string>& names, const Place& place) {
    const toml::array* array = place.node.as_array();
    if (!array || array->size() > kMaxNames)
        return place.wrong(std::format("must be a list of at most {} names", kMaxNames));
    std::vector<std::string> fresh;
    for (const toml::node& element : *array) {
        const auto name = element.value_exact<std::string>();
        if (!name || name->empty())
            return Place{place.file, place.key, element}.wrong(
                "must be a list of names of processes");
        fresh.push_back(*name);
    }
    names = std::move(fresh);
    return {};
}

Result<void> set_one_tunable(TunableValues& values, std::string_view name, const Place& place) {
    const Tunable* tunable = find_tunable(name);
    if (!tunable)
        return place.wrong("there is no such tunable");
    uint64_t value = 0;
    if (tunable->is_switch) {
        const auto on = place.node.value_exact<bool>();
        if (!on)
            return place.wrong("must be true or false");
        value = *on ? 1 : 0;
    } else {
        const auto number = place.node.value_exact<int64_t>();
        if (!number || *number < 0)
            return place.wrong("must be a whole number of microseconds");
        value = static_cast<uint64_t>(*number);
    }
    if (auto result = set_tunable(values, name, value); !result)
        return place.wrong(
            std::format("{} is not between {} and {}", value, tunable->low, tunable->high));
    return {};
}

Result<void> set_tunables(TunableValues& values, const toml::table& table, std::string_view file,
                          const std::string& prefix) {
    for (const auto& [name, node] : table) {
        const Place place{file, prefix + std::string(name.str()), node};
        if (auto result = set_one_tunable(values, name.str(), place); !result)
            return result;
    }
    return {};
}

Result<void> set_profiles(Config& config, const toml::table& table, std::string_view file) {
    for (const auto& [name, node] : table) {
        const Place place{file, "profiles." + std::string(name.str()), node};
        const toml::table* section = node.as_table();
        if (!section)
            return place.wrong("must be a table of tunables");
        if (!Profiles::is_name(name.str()))
            return place.wrong(
                std::format("a profile's name has letters, digits, \"-\" and \"_\", "
                            "at most {} of them",
                            Profiles::kMaxNameBytes));
        TunableValues* values = config.profiles.edit(name.str());
        if (!values)
            return place.wrong(
                std::format("there are more than {} profiles, the built-in ones "
                            "included",
                            Profiles::kMaxProfiles));
        if (auto result = set_tunables(*values, *section, file, place.key + "."); !result)
            return result;
    }
    return {};
}

using Setter = std::function<Result<void>(Config&, const Place&)>;

const std::map<std::string, Setter, std::less<>>& setters() {
    static const std::map<std::string, Setter, std::less<>> table = {
        {"mode", set_mode},
        {"profile", set_profile},
        {"linger-msec",
         [](Config& c, const Place& place) {
             return set_duration(c.linger, place, kLongestLinger, "milliseconds");
         }},
        {"stay-off-minutes",
         [](Config& c, const Place& place) {
             return set_duration(c.stay_off, place, kLongestStayOff, "minutes");
         }},
        {"detection.enabled",
         [](Config& c, const Place& place) { return set_switch(c.detection, place); }},
        {"detection.remote-users",
         [](Config& c, const Place& place) { return set_switch(c.remote_users, place); }},
        {"detection.launchers",
         [](Config& c, const Place& place) { return set_names(c.launchers, place); }},
        {"detection.helpers",
         [](Config& c, const Place& place) { return set_names(c.helpers, place); }},
        {"detection.folders",
         [](Config& c, const Place& place) { return set_names(c.folders, place); }},
        {"session.compositors",
         [](Config& c, const Place& place) { return set_names(c.session.compositors, place); }},
        {"session.audio",
         [](Config& c, const Place& place) { return set_names(c.session.audio, place); }},
        {"power.power-profile",
         [](Config& c, const Place& place) {
             return set_one_of(c.power.power_profile, {"performance", "power-saver"}, place);
         }},
        {"power.governor",
         [](Config& c, const Place& place) { return set_setting(c.power.governor, place); }},
        {"power.energy-performance-preference",
         [](Config& c, const Place& place) {
             return set_setting(c.power.energy_performance_preference, place);
         }},
        {"power.platform-profile",
         [](Config& c, const Place& place) {
             return set_setting(c.power.platform_profile, place);
         }},
        {"power.split-lock-mitigate",
         [](Config& c, const Place& place) {
             return set_one_of(c.power.split_lock_mitigate, {"0", "1"}, place);
         }},
        {"power.scope-weight", set_scope_weight},
        {"power.profile-on-battery", set_profile_on_battery},
    };
    return table;
}

Result<void> apply_entry(Config& config, const Place& place);

Result<void> apply_table(Config& config, const toml::table& table, std::string_view file,
                         const std::string& prefix) {
    for (const auto& [name, node] : table) {
        const Place place{file, prefix + std::string(name.str()), node};
        if (auto result = apply_entry(config, place); !result)
            return result;
    }
    return {};
}

Result<void> apply_entry(Config& config, const Place& place) {
    if (const toml::table* section = place.node.as_table()) {
        if (place.key == "detection" || place.key == "session" || place.key == "power")
            return apply_table(config, *section, place.file, place.key + ".");
        if (place.key == "tunables")
            return set_tunables(config.tunables, *section, place.file, "tunables.");
        if (place.key == "profiles")
            return set_profiles(config, *section, place.file);
    }
    const auto setter = setters().find(place.key);
    if (setter == setters().end())
        return place.wrong("there is no such key");
    return setter->second(config, place);
}

std::vector<std::filesystem::path> drop_ins(const std::vector<std::filesystem::path>& directories) {
    // A file in a later directory replaces the one of the same name in an earlier one.
    std::map<std::string, std::filesystem::path> by_name;
    for (const auto& directory : directories) {
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(directory / "gamesched.conf.d", error))
            if (entry.path().extension() == ".toml")
                by_name[entry.path().filename()] = entry.path();
    }
    std::vector<std::filesystem::path> files;
    for (const auto& [name, path] : by_name)
        files.push_back(path);
    return files;
}

Result<void> apply_file(Config& config, const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file)
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}: cannot be read", path.string()));
    std::ostringstream text;
    text << file.rdbuf();
    return apply_toml(config, text.str(), path.string());
}

}  // namespace

Result<void> apply_toml(Config& config, std::string_view text, std::string_view file) {
    Config changed = config;
    try {
        if (auto result = apply_table(changed, toml::parse(text, file), file, ""); !result)
            return result;
    } catch (const toml::parse_error& error) {
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}:{}: {}", file, error.source().begin.line,
                                printable(error.description(), kMaxProblemBytes)));
    }
    config = std::move(changed);
    return {};
}

Result<Config> load_config(const std::vector<std::filesystem::path>& directories) {
    Config config;
    std::vector<std::filesystem::path> files;
    for (const auto& directory : directories)
        if (std::error_code error;
            std::filesystem::exists(directory / "gamesched.toml", error) || error)
            files.push_back(directory / "gamesched.toml");
    std::ranges::copy(drop_ins(directories), std::back_inserter(files));
    for (const auto& path : files)
        if (auto result = apply_file(config, path); !result)
            return std::unexpected(result.error());
    if (auto result = config.profiles.check(config.profile); !result)
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}: profile: {}", config.profile_place, result.error().message));
    const PowerConfig& power = config.power;
    if (auto result = config.profiles.check(power.profile_on_battery);
        !result && power.profile_on_battery != PowerConfig::kKeep)
        return fail(ErrorKind::kInvalidConfiguration,
                    std::format("{}: power.profile-on-battery: {}", power.profile_on_battery_place,
                                result.error().message));
    return config;
}

}  // namespace gamesched

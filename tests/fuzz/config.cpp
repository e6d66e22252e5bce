// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The service's configuration. Input: the text of a file of gamesched.toml's kind.

#include "service/config.h"
#include "tests/fuzz/fuzz.h"

namespace gamesched::fuzz {
namespace {

constexpr char kFile[] = "gamesched.toml";
constexpr size_t kMaxMessage = 512;
constexpr size_t kMaxNames = 64;

void expect_names(const std::vector<std::string>& names) {
    expect(names.size() <= kMaxNames, "lists of names are bounded");
    for (const std::string& name : names)
        expect(!name.empty(), "a name is not empty");
}

void expect_tunables(const gs_tunables& tunables) {
    for (const Tunable& tunable : all_tunables()) {
        const uint64_t value = get_tunable(tunables, tunable);
        const bool within =
            tunable.is_switch ? value <= 1 : value >= tunable.low && value <= tunable.high;
        expect(within, "a tunable is within its limits", tunable.name);
    }
}

void expect_sane(const Config& config) {
    expect(config.linger.count() >= 0 && config.linger <= std::chrono::minutes(10),
           "linger is within its limits");
    for (const auto* names : {&config.launchers, &config.helpers, &config.folders,
                              &config.session.compositors, &config.session.audio})
        expect_names(*names);
    expect(config.profiles.names().size() <= Profiles::kMaxProfiles, "profiles are bounded");
    for (const std::string& name : config.profiles.names()) {
        expect(Profiles::is_name(name), "a profile has a name", name);
        expect_tunables(config.profiles.tunables(name, config.tunables));
    }
    for (const std::string* setting :
         {&config.power.power_profile, &config.power.governor,
          &config.power.energy_performance_preference, &config.power.platform_profile,
          &config.power.split_lock_mitigate, &config.power.profile_on_battery})
        expect(Profiles::is_name(*setting), "a power setting is a word", *setting);
    if (const auto known = config.profiles.check(config.profile); !known)
        expect_shown(known.error().message, kMaxMessage);
}

// All of it, to compare.
std::string sum_of(const Config& config) {
    std::string sum =
        std::format("{} {} {} {} {} {} {} {} {} {} {} {}", to_string(config.mode),
                    config.linger.count(), config.detection, config.remote_users, config.profile,
                    config.profile_place, config.power.power_profile, config.power.governor,
                    config.power.energy_performance_preference, config.power.platform_profile,
                    config.power.split_lock_mitigate, config.power.profile_on_battery);
    for (const auto* names : {&config.launchers, &config.helpers, &config.folders,
                              &config.session.compositors, &config.session.audio})
        for (const std::string& name : *names)
            sum += ' ' + name;
    for (const std::string& name : config.profiles.names()) {
        sum += ' ' + name;
        const gs_tunables tunables = config.profiles.tunables(name, config.tunables);
        for (const Tunable& tunable : all_tunables())
            sum += std::format(" {}", get_tunable(tunables, tunable));
    }
    return sum;
}

void try_text(std::string_view text) {
    Config config;
    const std::string before = sum_of(config);
    if (const auto applied = apply_toml(config, text, kFile); !applied) {
        expect(applied.error().kind == ErrorKind::kInvalidConfiguration,
               "the error says what it is");
        expect(applied.error().message.starts_with(std::string(kFile) + ":"),
               "the error names its place", applied.error().message);
        expect_shown(applied.error().message, kMaxMessage);
        expect(sum_of(config) == before, "a wrong file changes nothing");
        return;
    }
    expect_sane(config);
    const std::string once = sum_of(config);
    expect(apply_toml(config, text, kFile).has_value() && sum_of(config) == once,
           "a file says the same twice");
}

}  // namespace
}  // namespace gamesched::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    gamesched::fuzz::try_text({reinterpret_cast<const char*>(data), size});
    return 0;
}

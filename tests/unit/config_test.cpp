// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/config.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace gamesched {
namespace {

namespace fs = std::filesystem;

struct ConfigFiles : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-config-{}", getpid());
    fs::path vendor = root / "usr", local = root / "etc";

    ~ConfigFiles() override { fs::remove_all(root); }

    static void write(const fs::path& path, std::string_view text) {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text;
    }
    Result<Config> load() const { return load_config({vendor, local}); }
};

std::string error_of(std::string_view text) {
    Config config;
    const auto result = apply_toml(config, text, "x.toml");
    return result ? "" : result.error().message;
}

TEST(Config, EmptyFileGivesTheDefaults) {
    Config config;
    ASSERT_TRUE(apply_toml(config, "", "x.toml"));
    EXPECT_EQ(config.mode, Mode::kAuto);
    EXPECT_EQ(config.linger, std::chrono::seconds(3));
    EXPECT_TRUE(config.detection);
    EXPECT_FALSE(config.remote_users);
}

TEST(Config, EveryKeyIsRead) {
    Config config;
    ASSERT_TRUE(apply_toml(config, R"(
mode = "off"
profile = "mine"
linger-msec = 10
stay-off-minutes = 30
[detection]
enabled = false
remote-users = true
launchers = ["a", "b"]
helpers = ["c"]
[tunables]
slice-usec = 1000
preempt = false
[profiles.mine]
roles = false
[profiles.esports]
game-budget-usec = 100
[profiles.empty]
)",
                           "x.toml"));
    EXPECT_EQ(config.mode, Mode::kOff);
    EXPECT_EQ(config.linger, std::chrono::milliseconds(10));
    EXPECT_EQ(config.stay_off, std::chrono::minutes(30));
    EXPECT_FALSE(config.detection);
    EXPECT_TRUE(config.remote_users);
    EXPECT_EQ(config.launchers, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(config.helpers, std::vector<std::string>{"c"});
    EXPECT_EQ(config.tunables, (TunableValues{{"slice-usec", 1000}, {"preempt", 0}}));
    EXPECT_EQ(config.profile, "mine");
    EXPECT_TRUE(config.profiles.has("empty"));
    const gs_tunables mine = config.profiles.tunables("mine", config.tunables);
    EXPECT_EQ(mine.roles, 0u);
    EXPECT_EQ(mine.slice_ns, 1'000'000u);
    const gs_tunables esports = config.profiles.tunables("esports", config.tunables);
    EXPECT_EQ(esports.game_budget_ns, 100'000u);
    EXPECT_EQ(esports.background_bound_ns, 200'000'000u) << "what the file does not name stays";
    EXPECT_EQ(esports.slice_ns, 1'000'000u) << "[tunables] applies over every profile";
}

TEST(Config, PowerIsSetUnlessItIsKept) {
    Config config;
    EXPECT_EQ(config.power.power_profile, "performance");
    EXPECT_EQ(config.power.governor, "performance");
    EXPECT_EQ(config.power.energy_performance_preference, "performance");
    EXPECT_EQ(config.power.platform_profile, "performance");
    EXPECT_EQ(config.power.split_lock_mitigate, "keep");
    EXPECT_EQ(config.power.scope_weight, 0u);
    EXPECT_EQ(config.power.profile_on_battery, "keep");
    ASSERT_TRUE(apply_toml(config, R"(
[power]
power-profile = "keep"
governor = "schedutil"
energy-performance-preference = "balance_performance"
platform-profile = "keep"
split-lock-mitigate = "0"
scope-weight = 400
profile-on-battery = "battery"
)",
                           "x.toml"));
    EXPECT_EQ(config.power.power_profile, "keep");
    EXPECT_EQ(config.power.governor, "schedutil");
    EXPECT_EQ(config.power.energy_performance_preference, "balance_performance");
    EXPECT_EQ(config.power.platform_profile, "keep");
    EXPECT_EQ(config.power.split_lock_mitigate, "0");
    EXPECT_EQ(config.power.scope_weight, 400u);
    EXPECT_EQ(config.power.profile_on_battery, "battery");
    ASSERT_TRUE(apply_toml(config, "[power]\nscope-weight = \"keep\"", "x.toml"));
    EXPECT_EQ(config.power.scope_weight, 0u);
}

TEST(Config, ErrorsOfPowerNameFileLineAndKey) {
    EXPECT_EQ(error_of("[power]\npower-profile = \"balanced\""),
              "x.toml:2: power.power-profile: must be one of \"performance\", \"power-saver\", "
              "\"keep\"");
    EXPECT_TRUE(error_of("[power]\n\nsplit-lock-mitigate = 0")
                    .starts_with("x.toml:3: power.split-lock-mitigate: must be one of \"0\", "));
    for (const char* value : {"5", "\"\"", "\"a b\"", "\"../x\"", "true"})
        EXPECT_TRUE(error_of(std::format("[power]\ngovernor = {}", value))
                        .starts_with("x.toml:2: power.governor: must be a value of letters"))
            << value;
    for (const char* value : {"0", "-1", "10001", "\"400\"", "true"})
        EXPECT_EQ(error_of(std::format("[power]\nscope-weight = {}", value)),
                  "x.toml:2: power.scope-weight: must be a whole number from 1 to 10000, or "
                  "\"keep\"")
            << value;
    EXPECT_EQ(error_of("[power]\nturbo = \"on\""), "x.toml:2: power.turbo: there is no such key");
}

TEST(Config, ErrorsNameFileLineAndKey) {
    EXPECT_EQ(error_of("\nmode = \"maybe\""),
              "x.toml:2: mode: must be \"auto\", \"on\" or \"off\"");
    EXPECT_EQ(error_of("[detection]\nenable = true"),
              "x.toml:2: detection.enable: there is no such key");
    EXPECT_EQ(error_of("[tunables]\n\nslice-usec = 1"),
              "x.toml:3: tunables.slice-usec: 1 is not between 500 and 20000");
    EXPECT_TRUE(error_of("[tunables]\nwarp = 9").starts_with("x.toml:2: tunables.warp: "));
    EXPECT_TRUE(
        error_of("[tunables]\nslice-usec = 1.5").starts_with("x.toml:2: tunables.slice-usec: "));
    EXPECT_TRUE(error_of("detection = 5").starts_with("x.toml:1: detection: "));
    EXPECT_TRUE(error_of("linger-msec = -1").starts_with("x.toml:1: linger-msec: "));
    EXPECT_TRUE(error_of("stay-off-minutes = 1441").starts_with("x.toml:1: stay-off-minutes: "));
    EXPECT_TRUE(error_of("[detection]\nhelpers = [\"a\",\n 3]")
                    .starts_with("x.toml:3: detection.helpers: "));
    EXPECT_TRUE(error_of("mode = ").starts_with("x.toml:1: "));
    EXPECT_EQ(error_of("\"a\\u001b\" = 1"), "x.toml:1: a\uFFFD: there is no such key");
    EXPECT_TRUE(error_of("mode = t\x07").contains("saw 't\uFFFD'")) << error_of("mode = t\x07");
}

TEST(Config, ErrorsOfProfilesNameFileLineAndKey) {
    EXPECT_TRUE(error_of("profile = 5").starts_with("x.toml:1: profile: "));
    EXPECT_TRUE(error_of("profiles = 5").starts_with("x.toml:1: profiles: "));
    EXPECT_EQ(error_of("[profiles]\nmine = 5"),
              "x.toml:2: profiles.mine: must be a table of tunables");
    EXPECT_EQ(error_of("[profiles.mine]\n\nslice-usec = 1"),
              "x.toml:3: profiles.mine.slice-usec: 1 is not between 500 and 20000");
    EXPECT_TRUE(
        error_of("[profiles.mine]\nwarp = 9").starts_with("x.toml:2: profiles.mine.warp: "));
    EXPECT_TRUE(error_of("[profiles.\"a b\"]").starts_with("x.toml:1: profiles.a b: "));
    std::string many;
    for (size_t i = 0; i < Profiles::kMaxProfiles - 3; ++i)
        many += std::format("[profiles.p{}]\n", i);
    EXPECT_EQ(error_of(many), "");
    EXPECT_TRUE(error_of(many + "[profiles.z]").starts_with("x.toml:30: profiles.z: "));
}

TEST(Config, AWrongFileChangesNothing) {
    Config config;
    EXPECT_FALSE(apply_toml(config, "mode = \"on\"\nlinger-msec = \"soon\"", "x.toml"));
    EXPECT_EQ(config.mode, Mode::kAuto);
}

TEST_F(ConfigFiles, DropInsComeAfterTheMainFileInTheOrderOfTheirNames) {
    write(local / "gamesched.toml", "linger-msec = 1");
    write(vendor / "gamesched.conf.d/20-b.toml", "linger-msec = 3");
    write(local / "gamesched.conf.d/10-a.toml", "linger-msec = 2\nmode = \"on\"");
    const auto config = load();
    ASSERT_TRUE(config);
    EXPECT_EQ(config->linger, std::chrono::milliseconds(3));
    EXPECT_EQ(config->mode, Mode::kOn);
}

TEST_F(ConfigFiles, ADropInReplacesTheOneOfTheSameNameInAnEarlierDirectory) {
    write(vendor / "gamesched.conf.d/10.toml", "mode = \"on\"");
    write(local / "gamesched.conf.d/10.toml", "linger-msec = 5");
    const auto config = load();
    ASSERT_TRUE(config);
    EXPECT_EQ(config->mode, Mode::kAuto);
    EXPECT_EQ(config->linger, std::chrono::milliseconds(5));
}

TEST_F(ConfigFiles, AProfileMayComeFromALaterFile) {
    write(local / "gamesched.toml", "\nprofile = \"late\"");
    const auto missing = load();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message,
              (local / "gamesched.toml").string() + ":2: profile: There is no profile \"late\"");
    write(local / "gamesched.conf.d/10.toml", "[profiles.late]\nslice-usec = 1000");
    write(local / "gamesched.conf.d/20.toml", "[profiles.late]\npreempt = false");
    const auto config = load();
    ASSERT_TRUE(config);
    const gs_tunables late = config->profiles.tunables("late", {});
    EXPECT_EQ(late.slice_ns, 1'000'000u);
    EXPECT_EQ(late.preempt, 0u);
}

TEST_F(ConfigFiles, TheProfileOnBatteryMustExist) {
    write(local / "gamesched.toml", "[power]\nprofile-on-battery = \"late\"");
    const auto missing = load();
    ASSERT_FALSE(missing);
    EXPECT_EQ(missing.error().message,
              (local / "gamesched.toml").string() +
                  ":2: power.profile-on-battery: There is no profile \"late\"");
    write(local / "gamesched.conf.d/10.toml", "[profiles.late]");
    EXPECT_TRUE(load());
}

TEST_F(ConfigFiles, NoFilesAtAllAreFine) {
    EXPECT_TRUE(load());
}

}  // namespace
}  // namespace gamesched

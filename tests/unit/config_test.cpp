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
}

TEST(Config, EveryKeyIsRead) {
    Config config;
    ASSERT_TRUE(apply_toml(config, R"(
mode = "off"
linger-msec = 10
[detection]
enabled = false
launchers = ["a", "b"]
helpers = ["c"]
[tunables]
slice-usec = 1000
preempt = false
)",
                           "x.toml"));
    EXPECT_EQ(config.mode, Mode::kOff);
    EXPECT_EQ(config.linger, std::chrono::milliseconds(10));
    EXPECT_FALSE(config.detection);
    EXPECT_EQ(config.launchers, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(config.helpers, std::vector<std::string>{"c"});
    EXPECT_EQ(config.tunables.slice_ns, 1'000'000u);
    EXPECT_EQ(config.tunables.preempt, 0u);
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
    EXPECT_TRUE(error_of("[detection]\nhelpers = [\"a\",\n 3]")
                    .starts_with("x.toml:3: detection.helpers: "));
    EXPECT_TRUE(error_of("mode = ").starts_with("x.toml:1: "));
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

TEST_F(ConfigFiles, NoFilesAtAllAreFine) {
    EXPECT_TRUE(load());
}

}  // namespace
}  // namespace gamesched

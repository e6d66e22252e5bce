// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Settings and their record in a tree of files that looks like /sys and /proc/sys as far as they
// are concerned. What a kernel does with them: tests/vm.

#include "service/power/settings.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <format>
#include <fstream>
#include <memory>

namespace gamesched {
namespace {

namespace fs = std::filesystem;
using enum PowerItem;

const Wishes kAll = {{kGovernor, "performance"},
                     {kPreference, "performance"},
                     {kPlatformProfile, "performance"},
                     {kSplitLock, "0"}};

struct PowerFiles : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-power-{}", getpid());
    fs::path run = root / "run", cpufreq = root / "sys/devices/system/cpu/cpufreq";
    fs::path platform = root / "sys/firmware/acpi/platform_profile";
    fs::path split_lock = root / "proc/sys/kernel/split_lock_mitigate";
    std::unique_ptr<PowerRecord> record;
    std::unique_ptr<Settings> settings;

    PowerFiles() {
        fs::create_directories(run);
        for (const char* policy : {"policy0", "policy10", "policy2"}) {
            write(cpufreq / policy / "scaling_governor", "powersave");
            write(cpufreq / policy / "scaling_available_governors", "performance powersave ");
            write(cpufreq / policy / "energy_performance_preference", "balance_power");
        }
        write(platform, "balanced");
        write(platform.string() + "_choices", "low-power balanced performance");
        write(split_lock, "1");
        start();
    }
    ~PowerFiles() override { fs::remove_all(root); }

    static void write(const fs::path& path, std::string_view text) {
        fs::create_directories(path.parent_path());
        std::ofstream(path) << text << '\n';
    }
    static std::string read(const fs::path& path) {
        std::ifstream file(path);
        std::string line;
        std::getline(file, line);
        return line;
    }
    std::string governor(const char* policy) const {
        return read(cpufreq / policy / "scaling_governor");
    }
    // A new life of the service.
    void start() {
        record = std::make_unique<PowerRecord>(run);
        settings = std::make_unique<Settings>(root, *record);
    }
    void set(const Wishes& wishes) {
        settings->set(wishes);
        while (settings->step()) {
        }
    }
    bool is_recorded() const { return fs::exists(run / "power.json"); }
    void expect_as_it_was() const {
        for (const char* policy : {"policy0", "policy2", "policy10"}) {
            EXPECT_EQ(governor(policy), "powersave") << policy;
            EXPECT_EQ(read(cpufreq / policy / "energy_performance_preference"), "balance_power");
        }
        EXPECT_EQ(read(platform), "balanced");
        EXPECT_EQ(read(split_lock), "1");
        EXPECT_FALSE(is_recorded());
    }
};

TEST_F(PowerFiles, AllIsSetAndPutBackExactly) {
    set(kAll);
    for (const char* policy : {"policy0", "policy2", "policy10"}) {
        EXPECT_EQ(governor(policy), "performance");
        EXPECT_EQ(read(cpufreq / policy / "energy_performance_preference"), "performance");
    }
    EXPECT_EQ(read(platform), "performance");
    EXPECT_EQ(read(split_lock), "0");
    EXPECT_EQ(settings->describe(kGovernor), "performance (was powersave)");
    EXPECT_EQ(settings->describe(kSplitLock), "0 (was 1)");
    set({});
    expect_as_it_was();
    EXPECT_TRUE(settings->notes().empty());
}

TEST_F(PowerFiles, EverythingIsRecordedBeforeAnythingIsWritten) {
    settings->set(kAll);
    EXPECT_EQ(governor("policy0"), "powersave");
    EXPECT_EQ(PowerRecord(run).changes().size(), 8u);
    EXPECT_EQ(settings->describe(kGovernor), "being set");
    EXPECT_TRUE(settings->step());
    EXPECT_EQ(governor("policy0"), "performance");
    EXPECT_EQ(governor("policy2"), "powersave") << "one write in a step, and 2 before 10";
    EXPECT_TRUE(settings->step());
    EXPECT_EQ(governor("policy2"), "performance");
    EXPECT_EQ(governor("policy10"), "powersave");
}

TEST_F(PowerFiles, ACrashInTheMiddleIsPutBackByTheNextLife) {
    settings->set(kAll);
    settings->step();
    start();
    set({});
    expect_as_it_was();
}

TEST_F(PowerFiles, ACrashInTheMiddleOfPuttingBackIs) {
    set(kAll);
    settings->set({});
    settings->step();
    settings->step();
    start();
    set({});
    expect_as_it_was();
}

TEST_F(PowerFiles, TheNextLifeGoesOnWithTheFirstValues) {
    set(kAll);
    start();
    set(kAll);
    EXPECT_EQ(governor("policy0"), "performance");
    EXPECT_EQ(settings->describe(kGovernor), "performance (was powersave)");
    set({});
    expect_as_it_was();
}

TEST_F(PowerFiles, WhatSomebodyElseHasSetIsLeftAndSaid) {
    set(kAll);
    write(platform, "low-power");
    EXPECT_EQ(settings->describe(kPlatformProfile), "changed by somebody else: low-power");
    set({});
    EXPECT_EQ(read(platform), "low-power");
    EXPECT_EQ(settings->notes().at(kPlatformProfile),
              "left at low-power: changed by somebody else");
    EXPECT_EQ(governor("policy0"), "powersave");
    EXPECT_FALSE(is_recorded());
}

TEST_F(PowerFiles, AndAfterACrash) {
    set(kAll);
    write(cpufreq / "policy2/scaling_governor", "schedutil");
    start();
    set(kAll);
    EXPECT_EQ(governor("policy2"), "schedutil");
    EXPECT_EQ(settings->describe(kGovernor), "changed by somebody else: schedutil");
    set({});
    EXPECT_EQ(governor("policy2"), "schedutil");
    EXPECT_EQ(governor("policy0"), "powersave");
}

TEST_F(PowerFiles, APolicyThatHasVanishedBreaksNothing) {
    set(kAll);
    fs::remove_all(cpufreq / "policy2");
    write(cpufreq / "policy3/scaling_governor", "powersave");
    EXPECT_EQ(settings->describe(kGovernor), "performance (was powersave)");
    set({});
    EXPECT_EQ(governor("policy0"), "powersave");
    EXPECT_EQ(governor("policy10"), "powersave");
    EXPECT_FALSE(is_recorded());
    EXPECT_TRUE(settings->notes().empty());
}

TEST_F(PowerFiles, WhatCannotBePutBackNowStaysRecorded) {
    set({{kPlatformProfile, "performance"}});
    // As unreadable as the policy of CPUs that are off is, for root too.
    fs::rename(platform, root / "away");
    fs::create_directory(platform);
    set({});
    EXPECT_EQ(settings->notes().at(kPlatformProfile),
              "acpi/platform_profile: not put back to balanced: Is a directory");
    EXPECT_TRUE(is_recorded());
    fs::remove(platform);
    fs::rename(root / "away", platform);
    start();
    set({});
    expect_as_it_was();
}

TEST_F(PowerFiles, WhatTheKernelRefusesIsSaid) {
    fs::remove(split_lock);
    fs::create_symlink("/dev/full", split_lock);
    set({{kSplitLock, "0"}});
    EXPECT_EQ(settings->describe(kSplitLock),
              "kernel/split_lock_mitigate: 0: No space left on device");
    set({});
    EXPECT_FALSE(is_recorded());
}

TEST_F(PowerFiles, APreferenceThatTheGovernorHasBroughtAlongIsNotWritten) {
    const Wishes wishes = {{kGovernor, "performance"}, {kPreference, "performance"}};
    settings->set(wishes);
    for (int i = 0; i < 3; ++i)
        settings->step();
    const fs::path file = cpufreq / "policy0/energy_performance_preference";
    write(file, "performance");
    const auto earlier = fs::last_write_time(file) - std::chrono::hours(1);
    fs::last_write_time(file, earlier);
    while (settings->step()) {
    }
    EXPECT_EQ(fs::last_write_time(file), earlier);
    EXPECT_EQ(settings->describe(kPreference), "performance (was balance_power)");
    // It goes back with the governor, too.
    write(file, "balance_power");
    set({});
    expect_as_it_was();
    EXPECT_TRUE(settings->notes().empty());
}

TEST_F(PowerFiles, WhatCannotBeRecordedIsNotChanged) {
    fs::create_directory(run / "power.json.new");
    set(kAll);
    EXPECT_EQ(governor("policy0"), "powersave");
    EXPECT_TRUE(settings->describe(kGovernor).starts_with("kept: it cannot be recorded: "));
    record = std::make_unique<PowerRecord>("");
    settings = std::make_unique<Settings>(root, *record);
    set(kAll);
    EXPECT_EQ(governor("policy0"), "powersave");
    EXPECT_EQ(settings->describe(kGovernor),
              "kept: it cannot be recorded: there is no runtime directory");
}

TEST_F(PowerFiles, ADamagedRecordIsTheSameAsNone) {
    for (const char* text :
         {"", "{", "[]", R"({"changes": 5, "released": true})",
          R"({"changes": [{"item": "governor"}], "released": false})",
          R"({"changes": [{"item": "governor", "path": "y", "before": "a", "ours": "b"}]})"}) {
        std::ofstream(run / "power.json") << text;
        EXPECT_TRUE(PowerRecord(run).changes().empty()) << text;
    }
    std::ofstream(run / "power.json")
        << R"({"changes": [{"item": "of the future", "path": "x", "before": "a", "ours": "b"},)"
           R"({"item": "governor", "path": "y", "before": "a", "ours": "b"}], "released": true})";
    ASSERT_EQ(PowerRecord(run).changes().size(), 1u);
    EXPECT_EQ(PowerRecord(run).changes()[0].path, "y");
    EXPECT_TRUE(PowerRecord(run).is_released());
}

TEST_F(PowerFiles, ThatSomebodyHasChosenAProfileOutlivesTheService) {
    EXPECT_TRUE(record->set_released(true));
    EXPECT_TRUE(PowerRecord(run).is_released());
    EXPECT_TRUE(PowerRecord(run).set_released(false));
    EXPECT_FALSE(is_recorded());
}

}  // namespace
}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Power while gaming: the installed service in its sandbox, and Debian's power-profiles-daemon,
// unmodified. An emulated machine has neither cpufreq nor a platform profile: files in their places
// stand for them, in the views of the two services only.

#include <filesystem>
#include <format>
#include <fstream>

#include "tests/vm/files.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr char kFiles[] = "/run/power-test";
constexpr char kCpufreq[] = "BindPaths=/run/power-test/cpufreq:/sys/devices/system/cpu/cpufreq";
constexpr char kAcpi[] = "BindPaths=/run/power-test/acpi:/sys/firmware/acpi";
constexpr char kProfilesUnit[] = "power-profiles-daemon.service";
constexpr char kHeld[] = "performance, held at the power profiles daemon";

void write(const fs::path& path, const std::string& text) {
    std::ofstream(path) << text << '\n';
}

fs::path policy(int number) {
    return fs::path(kFiles) / std::format("cpufreq/policy{}", number);
}

std::string governor(int number) {
    return read_text(policy(number) / "scaling_governor");
}

std::string platform() {
    return read_text(fs::path(kFiles) / "acpi/platform_profile");
}

// Of power-profiles-daemon, which this would start if it did not run.
std::string profiles_property(const std::string& name) {
    return sh("busctl get-property org.freedesktop.UPower.PowerProfiles "
              "/org/freedesktop/UPower/PowerProfiles org.freedesktop.UPower.PowerProfiles " +
              name)
        .text;
}

bool has_hold() {
    const std::string holds = profiles_property("ActiveProfileHolds");
    return holds.starts_with("aa{sv} 1 ") && holds.contains("org.gamesched1") &&
           holds.contains("\"performance\"");
}

struct PowerVm : Vm {
    void SetUp() override {
        Vm::SetUp();
        for (const int number : {0, 1}) {
            fs::create_directories(policy(number));
            write(policy(number) / "scaling_governor", "powersave");
            write(policy(number) / "scaling_available_governors", "performance powersave");
            write(policy(number) / "energy_performance_preference", "balance_power");
        }
        fs::create_directories(fs::path(kFiles) / "acpi");
        write(fs::path(kFiles) / "acpi/platform_profile", "balanced");
        write(fs::path(kFiles) / "acpi/platform_profile_choices", "low-power balanced performance");
    }
    void TearDown() override {
        sh(
            std::format("systemctl stop {0}; rm -rf /run/systemd/system/{0}.d {1} "
                        "/var/lib/power-profiles-daemon; systemctl daemon-reload",
                        kProfilesUnit, kFiles));
        Vm::TearDown();
    }

    static void start_power_profiles_daemon(const std::string& lines) {
        const Output started = sh(std::format(
            "mkdir -p /run/systemd/system/{0}.d; printf '[Service]\n{1}\n' > "
            "/run/systemd/system/{0}.d/test.conf; systemctl daemon-reload; systemctl start {0}",
            kProfilesUnit, lines));
        ASSERT_EQ(started.status, 0) << started.text;
    }
    std::string item(const char* name) {
        const auto items = listener.Power();
        const auto found = items.find(name);
        return found == items.end() ? "" : found->second.get<std::string>();
    }
    bool becomes(const char* name, const std::string& state) {
        return eventually([&] { return item(name) == state; }, 20s);
    }
};

TEST_F(PowerVm, ThePowerProfilesDaemonHoldsTheProfileAsLongAsAGameRuns) {
    const ServiceDropIn unit(kCpufreq);
    start_power_profiles_daemon(kAcpi);
    EXPECT_EQ(profiles_property("ActiveProfile"), "s \"balanced\"");
    Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(eventually(has_hold)) << profiles_property("ActiveProfileHolds");
    EXPECT_EQ(profiles_property("ActiveProfile"), "s \"performance\"");
    EXPECT_EQ(platform(), "performance") << "that is the daemon's doing";
    EXPECT_TRUE(becomes("power-profile", kHeld)) << item("power-profile");
    EXPECT_EQ(governor(0), "powersave") << "this would be ours";
    const std::string status = sh("gamesched status").text;
    EXPECT_TRUE(status.contains(kHeld)) << status;

    kill_service();
    EXPECT_TRUE(eventually(has_hold, 20s))
        << "a new one: " << profiles_property("ActiveProfileHolds");

    game.kill_and_reap();
    EXPECT_TRUE(eventually([] { return profiles_property("ActiveProfileHolds") == "aa{sv} 0"; }));
    EXPECT_EQ(profiles_property("ActiveProfile"), "s \"balanced\"");
    EXPECT_EQ(platform(), "balanced");
    EXPECT_TRUE(eventually([&] { return listener.Power().empty(); }));
}

TEST_F(PowerVm, AProfileThatIsChosenByHandStands) {
    start_power_profiles_daemon(kAcpi);
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_TRUE(eventually(has_hold));
    ASSERT_TRUE(becomes("power-profile", kHeld));
    const Output chosen = sh("powerprofilesctl set power-saver");
    ASSERT_EQ(chosen.status, 0) << chosen.text;
    EXPECT_TRUE(becomes("power-profile", "left alone: somebody has chosen another profile"))
        << item("power-profile");
    EXPECT_EQ(profiles_property("ActiveProfile"), "s \"power-saver\"");
    EXPECT_EQ(profiles_property("ActiveProfileHolds"), "aa{sv} 0");
    EXPECT_EQ(platform(), "low-power");
}

// As on all machines whose firmware and drivers offer no profile to it.
TEST_F(PowerVm, ADaemonWithoutThatProfileIsQuotedAndTheSettingsAreMadeHere) {
    const ServiceDropIn unit(kCpufreq);
    start_power_profiles_daemon("");
    Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(eventually([] { return governor(1) == "performance"; }));
    EXPECT_TRUE(item("power-profile").starts_with("refused by the power profiles daemon: "))
        << item("power-profile");
    EXPECT_EQ(profiles_property("ActiveProfileHolds"), "aa{sv} 0");
    game.kill_and_reap();
    EXPECT_TRUE(eventually([] { return governor(1) == "powersave"; }));
}

TEST_F(PowerVm, WithoutADaemonSettingsAreMadeAndPutBackAndNobodyIsStarted) {
    const ServiceDropIn unit(std::format("{}\n{}", kCpufreq, kAcpi));
    Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(becomes("platform-profile", "performance (was balanced)"))
        << item("platform-profile");
    EXPECT_EQ(item("governor"), "performance (was powersave)");
    EXPECT_EQ(item("energy-performance-preference"), "performance (was balance_power)");
    EXPECT_EQ(item("power-profile"), "not there");
    EXPECT_EQ(governor(0) + governor(1) + platform(), "performanceperformanceperformance");
    EXPECT_EQ(sh(std::format("systemctl is-active {}", kProfilesUnit)).text, "inactive");
    game.kill_and_reap();
    EXPECT_TRUE(eventually([] { return platform() == "balanced"; }));
    EXPECT_EQ(governor(0) + governor(1), "powersavepowersave");
    EXPECT_EQ(read_text(policy(1) / "energy_performance_preference"), "balance_power");
}

TEST_F(PowerVm, AKilledServicePutsBackWhatNobodyElseHasSet) {
    const ServiceDropIn unit(std::format("{}\n{}", kCpufreq, kAcpi));
    Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_TRUE(becomes("platform-profile", "performance (was balanced)"));
    kill_service();
    EXPECT_TRUE(becomes("governor", "performance (was powersave)")) << "the game goes on";
    write(policy(1) / "scaling_governor", "conservative");
    const pid_t service = service_pid();
    kill(service, SIGSTOP);
    game.kill_and_reap();
    kill(service, SIGKILL);
    EXPECT_TRUE(eventually([] { return platform() == "balanced"; }, 30s));
    EXPECT_EQ(governor(0), "powersave");
    EXPECT_EQ(governor(1), "conservative");
    EXPECT_TRUE(eventually([] { return !fs::exists("/run/gamesched/power.json"); }));
}

TEST_F(PowerVm, AServiceThatIsStoppedPutsBack) {
    const ServiceDropIn unit(kCpufreq);
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_TRUE(becomes("energy-performance-preference", "performance (was balance_power)"));
    sh("systemctl stop gameschedd");
    EXPECT_EQ(governor(0) + governor(1), "powersavepowersave");
    EXPECT_FALSE(fs::exists("/run/gamesched/power.json"));
    sh("systemctl start gameschedd");
    EXPECT_TRUE(eventually([] { return governor(0) == "performance"; }, 20s));
}

// The one setting that an emulated machine has itself.
TEST_F(PowerVm, ASettingOfTheKernelIsMadeAndPutBack) {
    constexpr char kSplitLock[] = "/proc/sys/kernel/split_lock_mitigate";
    ASSERT_EQ(read_text(kSplitLock), "1");
    const Configuration configuration("[power]\nsplit-lock-mitigate = \"0\"");
    Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    EXPECT_TRUE(eventually([&] { return read_text(kSplitLock) == "0"; }));
    EXPECT_TRUE(becomes("split-lock-mitigate", "0 (was 1)")) << item("split-lock-mitigate");
    kill_service();
    EXPECT_EQ(read_text(kSplitLock), "0");
    game.kill_and_reap();
    EXPECT_TRUE(eventually([&] { return read_text(kSplitLock) == "1"; }));
    EXPECT_TRUE(succeeds(sh("gamesched restart"))) << "its trip is forgotten";
}

// What the other tests write are no attributes of the kernel. This is, and root's as those of
// cpufreq are: the unit's sandbox lets its processes write it.
TEST_F(PowerVm, TheUnitsSandboxLetsItWriteInSysfs) {
    const ServiceDropIn unit(
        "ExecStartPre=/bin/sh -c \"v=$$(cat /sys/kernel/mm/ksm/sleep_millisecs) && "
        "echo $$v > /sys/kernel/mm/ksm/sleep_millisecs\"");
    EXPECT_EQ(sh("systemctl is-active gameschedd").text, "active")
        << sh("journalctl -u gameschedd -n 20").text;
}

}  // namespace
}  // namespace gamesched::test

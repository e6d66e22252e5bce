// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Power while gaming: the real daemon with a power profiles daemon and a UPower that do as they are
// told. The real power-profiles-daemon: tests/vm.

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <mutex>
#include <optional>

#include "tests/bus/bus.h"

namespace gamesched::test {
namespace {

// org.freedesktop.UPower.PowerProfiles as far as the daemon uses it.
class PowerProfiles {
  public:
    enum class Answer { kHold, kRefuse, kNever };

    explicit PowerProfiles(Answer answer = Answer::kHold,
                           const std::string& name = "org.freedesktop.UPower.PowerProfiles",
                           const std::string& path = "/org/freedesktop/UPower/PowerProfiles")
        : name_(name), answer_(answer), connection_(sdbus::createSystemBusConnection()) {
        object_ = sdbus::createObject(*connection_, sdbus::ObjectPath(path));
        object_
            ->addVTable(
                sdbus::registerMethod("HoldProfile")
                    .implementedAs([this](sdbus::Result<uint32_t>&& result, std::string profile,
                                          std::string reason, std::string app_id) {
                        hold(std::move(result), profile, reason, app_id);
                    }),
                sdbus::registerMethod("ReleaseProfile").implementedAs([this](uint32_t cookie) {
                    release(cookie);
                }),
                sdbus::registerSignal("ProfileReleased").withParameters<uint32_t>())
            .forInterface(sdbus::InterfaceName(name));
        connection_->requestName(sdbus::ServiceName(name));
        connection_->enterEventLoopAsync();
    }
    ~PowerProfiles() { connection_->leaveEventLoop(); }

    // "performance for org.gamesched1: A game is running"
    std::vector<std::string> holds() const {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> holds;
        for (const Hold& hold : holds_)
            holds.push_back(hold.text);
        return holds;
    }
    bool becomes(size_t holds) const {
        return eventually([&] { return this->holds().size() == holds; });
    }
    int asked() const { return asked_; }

    // As somebody at the desktop does.
    void choose_a_profile() {
        const std::lock_guard lock(mutex_);
        for (const Hold& hold : holds_)
            tell_released(hold);
        holds_.clear();
    }
    // To a call that was not answered.
    void answer() {
        const std::lock_guard lock(mutex_);
        holds_.push_back({.cookie = 77, .holder = "", .text = "late"});
        unanswered_->returnResults(77);
    }

  private:
    struct Hold {
        uint32_t cookie;
        std::string holder, text;
    };

    void hold(sdbus::Result<uint32_t>&& result, const std::string& profile,
              const std::string& reason, const std::string& app_id) {
        const std::lock_guard lock(mutex_);
        ++asked_;
        if (answer_ == Answer::kNever) {
            unanswered_ = std::move(result);
            return;
        }
        if (answer_ == Answer::kRefuse)
            return result.returnError(
                sdbus::Error(sdbus::Error::Name("org.freedesktop.DBus.Error.InvalidArgs"),
                             "Cannot hold it\nas it is not available"));
        holds_.push_back({.cookie = next_cookie_++,
                          .holder = object_->getCurrentlyProcessedMessage().getSender(),
                          .text = profile + " for " + app_id + ": " + reason});
        result.returnResults(holds_.back().cookie);
    }
    void release(uint32_t cookie) {
        const std::lock_guard lock(mutex_);
        const auto hold = std::ranges::find(holds_, cookie, &Hold::cookie);
        if (hold == holds_.end())
            return;
        if (!hold->holder.empty())
            tell_released(*hold);
        holds_.erase(hold);
    }
    void tell_released(const Hold& hold) {
        auto signal = object_->createSignal(sdbus::InterfaceName(name_),
                                            sdbus::SignalName("ProfileReleased"));
        signal.setDestination(hold.holder);
        signal << hold.cookie;
        signal.send();
    }

    std::string name_;
    Answer answer_;
    mutable std::mutex mutex_;
    std::vector<Hold> holds_;
    uint32_t next_cookie_ = 5;
    std::atomic<int> asked_ = 0;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
    std::optional<sdbus::Result<uint32_t>> unanswered_;
};

// org.freedesktop.UPower, likewise.
class UPower {
  public:
    explicit UPower(bool on_battery)
        : on_battery_(on_battery), connection_(sdbus::createSystemBusConnection()) {
        object_ = sdbus::createObject(*connection_, sdbus::ObjectPath("/org/freedesktop/UPower"));
        object_
            ->addVTable(sdbus::registerProperty("OnBattery").withGetter([this] {
                return on_battery_.load();
            }))
            .forInterface(sdbus::InterfaceName("org.freedesktop.UPower"));
        connection_->requestName(sdbus::ServiceName("org.freedesktop.UPower"));
        connection_->enterEventLoopAsync();
    }
    ~UPower() { connection_->leaveEventLoop(); }

    void set(bool on_battery) {
        on_battery_ = on_battery;
        object_->emitPropertiesChangedSignal("org.freedesktop.UPower",
                                             {sdbus::PropertyName("OnBattery")});
    }

  private:
    std::atomic<bool> on_battery_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
};

struct PowerBus : Bus {
    Listener client;

    PowerBus() { power.make(); }

    std::string item(const char* name) {
        const auto items = client.Power();
        const auto found = items.find(name);
        return found == items.end() ? "" : found->second.get<std::string>();
    }
    bool becomes(const char* name, const std::string& state) {
        return eventually([&] { return item(name) == state; });
    }
    std::string governors() const {
        return read_text(power.governor(0)) + " " + read_text(power.governor(1));
    }
    bool governors_become(const std::string& both) const {
        return eventually([&] { return governors() == both; });
    }
    void configure(const std::string& lines) {
        fs::create_directories(root / "etc");
        std::ofstream(root / "etc/gamesched.toml") << "[power]\n" << lines;
        client.Reload();
    }
    bool is_recorded() const { return fs::exists(root / "run/power.json"); }
};

constexpr char kHeld[] = "performance, held at the power profiles daemon";
constexpr char kLeft[] = "left to the power profiles daemon";
constexpr char kSet[] = "performance (was powersave)";
constexpr char kOwn[] = "powersave powersave", kOurs[] = "performance performance";

TEST_F(PowerBus, AProfileIsHeldWhileAGameRuns) {
    const PowerProfiles profiles;
    const Monitor monitor(root);
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(profiles.becomes(1));
    EXPECT_EQ(profiles.holds().at(0), "performance for org.gamesched1: A game is running");
    EXPECT_TRUE(becomes("power-profile", kHeld)) << item("power-profile");
    EXPECT_TRUE(monitor.sees(kHeld)) << monitor.text();
    EXPECT_EQ(item("governor"), kLeft);
    EXPECT_EQ(item("split-lock-mitigate"), "kept: the configuration says so");
    EXPECT_EQ(item("scope-weight"), "kept: the configuration says so");
    EXPECT_EQ(item("profile-on-battery"), "kept: the configuration says so");
    EXPECT_EQ(governors(), kOwn);
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(profiles.becomes(0));
    EXPECT_TRUE(monitor.sees("'Power': <@a{sv} {}>")) << monitor.text();
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(profiles.becomes(1));
    EXPECT_EQ(profiles.asked(), 2);
}

TEST_F(PowerBus, ADaemonOfTheOldNameIsAskedToo) {
    const PowerProfiles profiles(PowerProfiles::Answer::kHold, "net.hadess.PowerProfiles",
                                 "/net/hadess/PowerProfiles");
    const uint32_t hold = client.Hold("test", "");
    EXPECT_TRUE(profiles.becomes(1));
    client.Release(hold);
    EXPECT_TRUE(profiles.becomes(0));
}

TEST_F(PowerBus, AChoiceByHandStandsUntilGamingModeBeginsAgain) {
    PowerProfiles profiles;
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("power-profile", kHeld));
    profiles.choose_a_profile();
    EXPECT_TRUE(becomes("power-profile", "left alone: somebody has chosen another profile"));
    EXPECT_EQ(governors(), kOwn);
    daemon->end(SIGKILL);
    start_daemon();
    EXPECT_TRUE(becomes("power-profile", "left alone: somebody has chosen another profile"))
        << "a crash is no reason to ask again";
    EXPECT_EQ(profiles.asked(), 1);
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(eventually([&] { return !is_recorded(); }));
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(profiles.becomes(1));
}

TEST_F(PowerBus, WithoutADaemonTheSettingsAreMadeHere) {
    const Monitor monitor(root);
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(governors_become(kOurs));
    EXPECT_TRUE(becomes("governor", kSet)) << item("governor");
    EXPECT_TRUE(becomes("platform-profile", "performance (was balanced)"));
    EXPECT_EQ(item("energy-performance-preference"), "not there");
    EXPECT_EQ(item("power-profile"), "not there");
    EXPECT_EQ(read_text(power.platform_profile()), "performance");
    EXPECT_TRUE(monitor.sees(kSet)) << monitor.text();
    std::ofstream(power.governor(1)) << "powersave\n";
    EXPECT_EQ(item("governor"), "changed by somebody else: powersave") << "at once";
    std::ofstream(power.governor(1)) << "conservative\n";
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(governors_become("powersave conservative")) << governors();
    EXPECT_TRUE(becomes("governor", "left at conservative: changed by somebody else"));
    EXPECT_EQ(read_text(power.platform_profile()), "balanced");
    EXPECT_FALSE(is_recorded());
}

TEST_F(PowerBus, ADaemonThatComesTakesOverAndOneThatGoesIsReplaced) {
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(governors_become(kOurs));
    auto profiles = std::make_unique<PowerProfiles>();
    EXPECT_TRUE(profiles->becomes(1));
    EXPECT_EQ(governors(), kOwn) << "put back before the daemon is asked";
    EXPECT_EQ(read_text(power.platform_profile()), "balanced");
    EXPECT_TRUE(becomes("governor", kLeft));
    profiles.reset();
    EXPECT_TRUE(governors_become(kOurs));
    EXPECT_TRUE(becomes("power-profile", "not there"));
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(governors_become(kOwn));
}

TEST_F(PowerBus, ADaemonThatRefusesIsQuotedAndTheSettingsAreMadeHere) {
    const PowerProfiles profiles(PowerProfiles::Answer::kRefuse);
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(governors_become(kOurs));
    EXPECT_TRUE(becomes("power-profile",
                        "refused by the power profiles daemon: Cannot hold it\uFFFDas it is not "
                        "available"))
        << item("power-profile");
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(governors_become(kOwn));
    EXPECT_EQ(profiles.asked(), 1);
}

TEST_F(PowerBus, ADaemonThatDoesNotAnswerDelaysNothing) {
    PowerProfiles profiles(PowerProfiles::Answer::kNever);
    const auto game = sleeper();
    for (int i = 0; i < 3; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        client.RegisterGame(game->pid(), {});
        EXPECT_TRUE(client.Active());
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 500ms);
        ASSERT_TRUE(eventually([&] { return profiles.asked() == 1; }));
        client.UnregisterGame(game->pid());
    }
    EXPECT_EQ(profiles.asked(), 1) << "again and again";
    client.RegisterGame(game->pid(), {});
    EXPECT_TRUE(becomes("power-profile", "the power profiles daemon does not answer"))
        << item("power-profile");
    EXPECT_EQ(governors(), kOwn);
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(eventually([&] { return client.Power().empty(); }));
    profiles.answer();
    EXPECT_TRUE(profiles.becomes(0)) << "the late hold is released";
}

TEST_F(PowerBus, ALateAnswerIsAHold) {
    PowerProfiles profiles(PowerProfiles::Answer::kNever);
    const uint32_t hold = client.Hold("test", "");
    ASSERT_TRUE(eventually([&] { return profiles.asked() == 1; }));
    EXPECT_EQ(item("power-profile"), "being asked for");
    profiles.answer();
    EXPECT_TRUE(becomes("power-profile", kHeld));
    client.Release(hold);
    EXPECT_TRUE(profiles.becomes(0));
}

TEST_F(PowerBus, AKilledServiceGoesOnWhereItWas) {
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("governor", kSet));
    daemon->end(SIGKILL);
    EXPECT_EQ(governors(), kOurs);
    start_daemon();
    EXPECT_TRUE(becomes("governor", kSet)) << item("governor");
    client.UnregisterGame(game->pid());
    EXPECT_TRUE(governors_become(kOwn));
    EXPECT_FALSE(is_recorded());
}

TEST_F(PowerBus, AKilledServiceWhoseGameHasGonePutsBackWhatIsItsOwn) {
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("governor", kSet));
    daemon->end(SIGKILL);
    game->end(SIGKILL);
    std::ofstream(power.governor(1)) << "conservative\n";
    start_daemon();
    EXPECT_TRUE(governors_become("powersave conservative")) << governors();
    EXPECT_EQ(read_text(power.platform_profile()), "balanced");
    EXPECT_TRUE(eventually([&] { return !is_recorded(); }));
}

TEST_F(PowerBus, AServiceThatEndsPutsBack) {
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("platform-profile", "performance (was balanced)"));
    daemon->end(SIGTERM);
    EXPECT_EQ(governors(), kOwn);
    EXPECT_EQ(read_text(power.platform_profile()), "balanced");
    EXPECT_FALSE(is_recorded());
    start_daemon();
    EXPECT_TRUE(governors_become(kOurs)) << "the game goes on";
}

TEST_F(PowerBus, AReloadTakesEffectWhileAGameRuns) {
    const PowerProfiles profiles;
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("power-profile", kHeld));
    configure("power-profile = \"keep\"");
    EXPECT_TRUE(profiles.becomes(0));
    EXPECT_TRUE(becomes("power-profile", "kept: the configuration says so"));
    EXPECT_EQ(item("governor"), kLeft) << "the daemon's all the same";
    configure("power-profile = \"power-saver\"");
    ASSERT_TRUE(profiles.becomes(1));
    EXPECT_TRUE(profiles.holds().at(0).starts_with("power-saver ")) << profiles.holds().at(0);
}

TEST_F(PowerBus, AnItemThatIsKeptIsPutBackByAReload) {
    const auto game = sleeper();
    client.RegisterGame(game->pid(), {});
    ASSERT_TRUE(becomes("governor", kSet));
    configure("governor = \"keep\"");
    EXPECT_TRUE(governors_become(kOwn));
    EXPECT_EQ(item("governor"), "kept: the configuration says so");
    EXPECT_EQ(read_text(power.platform_profile()), "performance");
}

TEST_F(PowerBus, AnotherProfileIsInForceOnBattery) {
    auto upower = std::make_unique<UPower>(true);
    const auto profile_becomes = [&](const char* name) {
        return eventually([&] { return client.Profile() == name; });
    };
    configure("profile-on-battery = \"battery\"");
    EXPECT_TRUE(profile_becomes("battery"));
    upower->set(false);
    EXPECT_TRUE(profile_becomes("balanced"));
    upower->set(true);
    EXPECT_TRUE(profile_becomes("battery"));
    client.SetProfile("esports");
    EXPECT_EQ(client.Profile(), "esports") << "whoever chooses one means it";
    client.SetProfile("");
    EXPECT_EQ(client.Profile(), "battery");
    const uint32_t hold = client.Hold("test", "");
    EXPECT_TRUE(becomes("profile-on-battery", "battery: on battery"));
    upower->set(false);
    EXPECT_TRUE(becomes("profile-on-battery", "not on battery"));
    upower->set(true);
    EXPECT_TRUE(profile_becomes("battery"));
    upower.reset();
    EXPECT_TRUE(profile_becomes("balanced")) << "nobody knows";
    EXPECT_TRUE(becomes("profile-on-battery", "not there"));
    client.Release(hold);
}

}  // namespace
}  // namespace gamesched::test

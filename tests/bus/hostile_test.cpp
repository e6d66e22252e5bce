// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Clients that mean no good: one that calls as often as it can, one that never reads what it is
// sent, one that wants everything. What they cost, and that others are served meanwhile.

#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <system_error>
#include <thread>

#include "tests/bus/bus.h"
#include "tests/support/subscriber.h"
#include "tests/support/usage.h"

namespace gamesched::test {
namespace {

using Clock = std::chrono::steady_clock;

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

constexpr char kNoMoreHolds[] = "org.gamesched1.Error.LimitReached: User",
               kNoMoreCalls[] = "org.gamesched1.Error.LimitReached: More";

// A connection that nothing reads from but process().
class RawClient {
  public:
    RawClient() {
        if (sd_bus_open_system(&bus_) < 0)
            _exit(1);
        sd_bus_add_filter(
            bus_, nullptr,
            [](sd_bus_message* message, void* self, sd_bus_error*) noexcept {
                static_cast<RawClient*>(self)->on_message(message);
                return 0;
            },
            this);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { sd_bus_unref(bus_); }

    // Without an answer if it wants none.
    template <typename... Arguments>
    void call(const std::string& method, bool wants_answer, const char* types,
              Arguments... arguments) {
        sd_bus_message* message = nullptr;
        const size_t dot = method.rfind('.');
        sd_bus_message_new_method_call(bus_, &message, "org.gamesched1", "/org/gamesched1",
                                       method.substr(0, dot).c_str(),
                                       method.substr(dot + 1).c_str());
        if (*types)
            sd_bus_message_append(message, types, arguments...);
        uint64_t cookie = 0;
        if (sd_bus_send(bus_, message, wants_answer ? &cookie : nullptr) < 0)
            _exit(1);
        sd_bus_message_unref(message);
        sd_bus_flush(bus_);
        ++sent_;
    }
    // The size of what a call without arguments is answered with.
    size_t size_of_answer(const char* interface, const char* method) {
        sd_bus_message* reply = nullptr;
        const char* text = "";
        if (sd_bus_call_method(bus_, "org.gamesched1", "/org/gamesched1", interface, method,
                               nullptr, &reply, "") < 0 ||
            sd_bus_message_read(reply, "s", &text) < 0)
            _exit(1);
        const size_t size = strlen(text);
        sd_bus_message_unref(reply);
        return size;
    }
    void process() {
        while (sd_bus_process(bus_, nullptr) > 0) {
        }
    }
    void wait() { sd_bus_wait(bus_, 10'000); }

    // Sends so many, each by `next`, reading the answers; never waits for more than so many.
    void send_all(int calls, int at_once, const std::function<void()>& next) {
        for (int i = 0; i < calls; ++i) {
            next();
            for (process(); sent_ - answered_ >= at_once; process())
                wait();
        }
        for (process(); answered_ < sent_; process())
            wait();
    }

    int sent() const { return sent_; }
    int answered() const { return answered_; }
    // How often each answer came: "ok", or an error's name and the beginning of its message.
    const std::map<std::string, int>& answers() const { return answers_; }

  private:
    void on_message(sd_bus_message* message) {
        if (sd_bus_message_is_method_error(message, nullptr) > 0) {
            const sd_bus_error* error = sd_bus_message_get_error(message);
            const std::string text = error->message;
            ++answers_[std::string(error->name) + ": " + text.substr(0, text.find(' '))];
        } else {
            uint8_t type = 0;
            sd_bus_message_get_type(message, &type);
            if (type != SD_BUS_MESSAGE_METHOD_RETURN)
                return;
            ++answers_["ok"];
        }
        ++answered_;
    }

    sd_bus* bus_ = nullptr;
    int sent_ = 0, answered_ = 0;
    std::map<std::string, int> answers_;
};

// A client in a process of its own.
class Hostile {
  public:
    using Body = std::function<void(RawClient&, std::ostream& says)>;

    Hostile(uid_t user, const fs::path& root, const Body& body) : says_(root / "hostile") {
        std::ofstream(says_).close();
        fs::permissions(says_, fs::perms::all);
        pid_ = fork();
        if (pid_ < 0)
            throw std::system_error(errno, std::generic_category(), "fork");
        if (pid_ != 0)
            return;
        if (setuid(user) != 0)
            _exit(1);
        {
            std::ofstream says(says_);
            RawClient client;
            body(client, says);
        }
        _exit(0);
    }
    Hostile(const Hostile&) = delete;
    Hostile& operator=(const Hostile&) = delete;
    ~Hostile() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }

    std::string said() const { return read_text(says_); }
    // What the last one has said.
    static std::string last_said(const fs::path& root) { return read_text(root / "hostile"); }
    bool has_said(const std::string& word) const {
        return eventually([&] { return said().contains(word); }, 60s);
    }

  private:
    std::string says_;
    pid_t pid_;
};

struct HostileBus : Bus {
    const Clock::time_point begun_ = Clock::now();

    // Somebody else, and root, who are not kept waiting.
    void expect_others_are_served() {
        const auto begin = Clock::now();
        const auto game = sleeper();
        EXPECT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
        EXPECT_EQ(manager(std::format("UnregisterGame {}", game->pid())).status, 0);
        EXPECT_EQ(manager("Hold other test", kOtherUser).status, 0);
        EXPECT_EQ(call("org.gamesched1.Stats.Get", kOtherUser).status, 0);
        const std::chrono::duration<double> took = Clock::now() - begin;
        std::cout << std::format("others: four calls in {:.2f} s\n", took.count());
        EXPECT_LT(took, 5s);
    }

    // What the daemon takes while a client does this so often, in CPUs.
    double cpus_taken_by(int calls_per_second, bool wants_answers,
                         const std::function<void(RawClient&)>& call) {
        const Hostile client(kUser, root, [&](RawClient& raw, std::ostream& says) {
            const auto begin = Clock::now();
            const auto is_due = [&] {
                const std::chrono::duration<double> since = Clock::now() - begin;
                return raw.sent() < since.count() * calls_per_second;
            };
            for (;;) {
                // The bus itself refuses more than 128 that wait for an answer.
                for (int i = 0;
                     i < 100 && is_due() && (!wants_answers || raw.sent() - raw.answered() < 120);
                     ++i) {
                    call(raw);
                    raw.process();
                }
                raw.process();
                says.seekp(0);
                says << std::format("{} sent", raw.sent());
                for (const auto& [answer, times] : raw.answers())
                    says << std::format(", {}: {}", answer, times);
                says << std::flush;
                if (!is_due() || wants_answers)
                    std::this_thread::sleep_for(1ms);
            }
        });
        // What is allowed at once has been used.
        std::this_thread::sleep_for(2s);
        expect_others_are_served();
        const double before = used();
        const int sent_before = std::atoi(client.said().c_str());
        const auto begin = Clock::now();
        std::this_thread::sleep_for(usual_or_long(3s, 30s));
        const std::chrono::duration<double> time = Clock::now() - begin;
        const double taken = (used() - before) / time.count();
        const double sent = (std::atoi(client.said().c_str()) - sent_before) / time.count();
        std::cout << std::format("{:.0f} calls a second: {}; {:.1f} % of a CPU\n", sent,
                                 client.said(), 100 * taken);
        if (!wants_answers) {
            EXPECT_GT(sent, calls_per_second / (kSanitized ? 10 : 2)) << "the flood is none";
        }
        return taken;
    }
    double used() const { return cpu_seconds(static_cast<pid_t>(daemon->pid())); }

    // Registers a game and unregisters it, in turn.
    static auto register_in_turn(const Process& game, bool wants_answers) {
        return [&game, wants_answers](RawClient& raw) {
            if (raw.sent() % 2)
                raw.call("org.gamesched1.Manager.UnregisterGame", wants_answers, "u", game.pid());
            else
                raw.call("org.gamesched1.Manager.RegisterGame", wants_answers, "ua{sv}", game.pid(),
                         0);
        };
    }

    // Half of what is within the limit: at once, and since the first client began.
    void expect_few_games() const {
        const std::chrono::duration<double> since = Clock::now() - begun_;
        EXPECT_LT(static_cast<double>(number_in(Subscriber().Get(), "GamesStarted")),
                  10 + (128 + 16 * since.count()) / 2);
    }
    // Sanitizers make everything slower by what they please.
    static void expect_at_most(double expected, double cpus) {
        if (!kSanitized) {
            EXPECT_LT(cpus, expected);
        }
    }
};

TEST_F(HostileBus, WhoCallsTenThousandTimesASecondIsRefusedAtLittleCostAndOthersAreServed) {
    const Polkit polkit(true);
    const auto game = sleeper(kUser);
    const auto call = register_in_turn(*game, true);
    const double within = cpus_taken_by(16, true, call);
    expect_at_most(0.05, cpus_taken_by(10'000, true, call) - within);
    EXPECT_TRUE(Hostile::last_said(root).contains(kNoMoreCalls)) << Hostile::last_said(root);
    expect_few_games();
}

TEST_F(HostileBus, CallsThatAreWrongWhoeverMakesThemCountLikeOthers) {
    const Polkit polkit(true);
    expect_at_most(0.05, cpus_taken_by(10'000, true, [](RawClient& raw) {
                       constexpr uint32_t kNobody = 4'294'967'295;
                       raw.call("org.gamesched1.Manager.UnregisterGame", true, "u", kNobody);
                   }));
    EXPECT_TRUE(Hostile::last_said(root).contains(kNoMoreCalls)) << Hostile::last_said(root);
}

// To receive ten thousand messages takes 5 to 7 % of a CPU, without looking at them; a slower CPU
// may take more.
constexpr double kDropping = 0.2;

// Nothing keeps such a client from sending.
TEST_F(HostileBus, CallsThatWantNoAnswerAreDroppedAndOthersAreServed) {
    const Polkit polkit(true);
    const auto game = sleeper(kUser);
    const auto call = register_in_turn(*game, false);
    const double within = cpus_taken_by(16, false, call);
    expect_at_most(kDropping, cpus_taken_by(10'000, false, call) - within);
    expect_few_games();
}

TEST_F(HostileBus, ReadsThatWantNoAnswerAreDropped) {
    const Polkit polkit(true);
    expect_at_most(kDropping, cpus_taken_by(10'000, false, [](RawClient& raw) {
                       raw.call("org.gamesched1.Stats.Get", false, "");
                   }));
}

// All that the bus keeps for it counts as the service's, from which the bus reads no more then: as
// many bytes of one sender as of one receiver are too many.
TEST_F(HostileBus, AClientThatNeverReadsMakesTheServiceComeToTheBusAnew) {
    const Polkit polkit(true);
    const auto game = sleeper();
    ASSERT_EQ(manager(std::format("RegisterGame {} {{}}", game->pid())).status, 0);
    const auto resident = [this] { return resident_kib(static_cast<pid_t>(daemon->pid())); };
    const uint64_t before = resident();
    const Hostile client(kUser, root, [](RawClient& raw, std::ostream& says) {
        constexpr size_t kBusKeeps = 133'169'152;  // max_incoming_bytes, max_outgoing_bytes
        const size_t size = raw.size_of_answer("org.freedesktop.DBus.Introspectable", "Introspect");
        raw.call("org.gamesched1.Stats.Subscribe", true, "u", 100);
        const auto calls = static_cast<int>(kBusKeeps / size * 101 / 100);
        for (int i = 0; i < calls; ++i) {
            raw.call("org.freedesktop.DBus.Introspectable.Introspect", true, "");
            if (i % 20 == 0)
                std::this_thread::sleep_for(kSanitized ? 20ms : 5ms);
        }
        says << calls << " calls" << std::endl;
        pause();
    });
    ASSERT_TRUE(client.has_said("calls"));
    const uint64_t after = resident();
    std::optional<int> status;
    EXPECT_TRUE(eventually([&] { return (status = daemon->status()).has_value(); }, 60s));
    EXPECT_EQ(status, 1) << "for systemd to start it again";
    std::cout << std::format(
        "the bus keeps {} KiB for a client, the service had {} KiB, before {}\n",
        resident_kib(static_cast<pid_t>(bus->pid())), after, before);
    if (!kSanitized) {
        EXPECT_LT(after, before + 2048);
    }
    start_daemon();
    expect_others_are_served();
    EXPECT_EQ(Listener().Games().size(), 1u);
}

int times(const std::string& said, const std::string& answer) {
    const size_t at = said.find(answer + " = ");
    return at == std::string::npos ? 0 : std::stoi(said.substr(at + answer.size() + 3));
}

// Wants a thousand holds, and stays.
void want_a_thousand_holds(RawClient& raw, std::ostream& says) {
    raw.send_all(1'000, 100, [&] {
        raw.call("org.gamesched1.Manager.Hold", true, "ss", "greedy", "all of them");
    });
    for (const auto& [answer, times] : raw.answers())
        says << answer << " = " << times << '\n';
    says << "end" << std::endl;
    pause();
}

TEST_F(HostileBus, OfAThousandHoldsOneClientGetsThoseOfTheLimitAndOthersAreServed) {
    Listener listener;
    const Hostile client(0, root, want_a_thousand_holds);
    ASSERT_TRUE(client.has_said("end")) << client.said();
    EXPECT_EQ(times(client.said(), "ok"), 64) << client.said();
    EXPECT_EQ(times(client.said(), kNoMoreHolds), 936) << client.said();
    EXPECT_EQ(listener.Holds().size(), 64u);
    const Polkit polkit(true);
    expect_others_are_served();
}

// It also asks too often, and waits for too many authorisations.
TEST_F(HostileBus, OfAThousandHoldsAUserGetsNoMoreThanThoseOfTheLimit) {
    const Polkit polkit(true);
    Listener listener;
    const Hostile client(kUser, root, want_a_thousand_holds);
    ASSERT_TRUE(client.has_said("end")) << client.said();
    const int given = times(client.said(), "ok");
    EXPECT_GE(given, 16) << client.said();
    EXPECT_LE(given, 64) << client.said();
    EXPECT_EQ(given + times(client.said(), kNoMoreHolds) + times(client.said(), kNoMoreCalls),
              1'000)
        << client.said();
    EXPECT_EQ(listener.Holds().size(), static_cast<size_t>(given));
    expect_others_are_served();
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// GameMode's own programs, unmodified, against gamesched-session: Debian's packages are in the
// machine, and the session bus starts ours by its name.

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

// As much of a machine with cpufreq as GameMode's tests look at.
constexpr char kFakeCpus[] = "-p TemporaryFileSystem=/sys/devices/system/cpu:mode=0777";

// Governors are not gamesched-session's: the user's own scripts may do it.
constexpr char kScripts[] = R"([custom]
start=echo performance > /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
end=echo powersave > /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor
)";

// GameMode's tests give another process 10 ms to start and to register, which an emulated CPU
// does not manage. Their pauses are made longer; nothing else of them is touched.
constexpr char kLongerPauses[] = R"(#include <time.h>
int usleep(unsigned usec) {
    unsigned long long all = 30ull * usec;
    struct timespec time = {all / 1000000, all % 1000000 * 1000};
    return nanosleep(&time, 0);
}
)";

constexpr char kLibraryUser[] = R"(#include <dlfcn.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>
int main(void) {
    void *library = dlopen("libgamemode.so.0", RTLD_NOW);
    if (!library)
        return puts(dlerror()), 1;
    int (*start)(void) = dlsym(library, "real_gamemode_request_start");
    int (*end)(void) = dlsym(library, "real_gamemode_request_end");
    int (*query)(void) = dlsym(library, "real_gamemode_query_status");
    int (*start_for)(pid_t) = dlsym(library, "real_gamemode_request_start_for");
    int (*end_for)(pid_t) = dlsym(library, "real_gamemode_request_end_for");
    int (*query_for)(pid_t) = dlsym(library, "real_gamemode_query_status_for");
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    printf("%d", query());
    printf(" %d", start());
    printf(" %d", start());
    printf(" %d", query());
    printf(" %d", end());
    printf(" %d", query());
    printf(" %d", end());
    printf(" | %d", start_for(child));
    printf(" %d", query());
    printf(" %d", query_for(child));
    printf(" %d", end_for(child));
    printf(" %d\n", query());
    kill(child, 9);
    return 0;
}
)";

constexpr char kCount[] =
    "gdbus call --session -d com.feralinteractive.GameMode -o /com/feralinteractive/GameMode -m "
    "org.freedesktop.DBus.Properties.Get com.feralinteractive.GameMode ClientCount";

struct GameMode : Vm {
    // Runs a script of the user's in a session with a bus of its own.
    static Output in_session(const std::string& script, const std::string& properties = "") {
        std::ofstream("/tmp/session.sh") << "PATH=$PATH:/usr/games\ncount() { " << kCount
                                         << " | tr -dc 0-9; }\n"
                                            "becomes() { for i in $(seq 200); do [ \"$(count)\" = "
                                            "$1 ] && return; sleep 0.1; done; return 1; }\n"
                                         << script;
        return as_player("exec dbus-run-session -- sh /tmp/session.sh", properties);
    }
    static void configure(const std::string& ini) {
        sh("install -d -o player /home/player/.config");
        std::ofstream("/home/player/.config/gamemode.ini") << ini;
    }

    void TearDown() override {
        sh("rm -f /home/player/.config/gamemode.ini");
        Vm::TearDown();
    }
};

TEST_F(GameMode, ItsOwnTestsPass) {
    configure(kScripts);
    std::ofstream("/tmp/pauses.c") << kLongerPauses;
    ASSERT_EQ(sh("gcc -shared -fPIC -o /tmp/pauses.so /tmp/pauses.c").status, 0);
    const Output output = in_session(
        "mkdir -p /sys/devices/system/cpu/cpu0/cpufreq\n"
        "echo powersave > /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor\n"
        "LD_PRELOAD=/tmp/pauses.so exec gamemoded -t\n",
        kFakeCpus);
    EXPECT_EQ(output.status, 0) << output.text;
    EXPECT_TRUE(output.text.contains("All Tests Passed")) << output.text;
    EXPECT_FALSE(listener.started().empty()) << "GameMode's own service has answered";
}

TEST_F(GameMode, GamemoderunMakesAGameOfItsCommand) {
    const Output output = in_session(
        "gamemoderun sleep 60 &\n"
        "becomes 1 || echo it was never registered\n"
        "gamemodelist\n"
        "gamesched games\n"
        "kill $!\n"
        "becomes 0 && echo gone\n");
    EXPECT_TRUE(output.text.contains("  sleep")) << output.text;
    EXPECT_TRUE(output.text.ends_with("gone")) << output.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
    EXPECT_EQ(listener.started().size(), 1u) << "GameMode's own programs are none";
    EXPECT_EQ(listener.started().at(0).source, "gamemode");
}

TEST_F(GameMode, ItsSimulatedGameIsAGame) {
    const Output output = in_session(
        "gamemode-simulate-game & game=$!\n"
        "for i in $(seq 50); do gamesched games | grep -q gamemode-sim && break; sleep 0.1; done\n"
        "kill $game; becomes 0 && echo gone\n");
    EXPECT_TRUE(output.text.ends_with("gone")) << output.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
}

TEST_F(GameMode, ProgramsThatLoadItsLibraryGetItsAnswers) {
    std::ofstream("/tmp/user.c") << kLibraryUser;
    const Output compiled = sh("gcc -w -include signal.h -o /tmp/user /tmp/user.c");
    ASSERT_EQ(compiled.status, 0) << compiled.text;
    const Output output = in_session("exec /tmp/user\n");
    EXPECT_TRUE(output.text.ends_with("\n0 0 0 2 0 0 -1 | 0 1 2 0 0")) << output.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 2; }));
}

// As in a desktop session: the bus asks the user's systemd for the name's unit.
TEST_F(GameMode, TheUsersSystemdStartsItWhenItIsNeededAndItEndsWhenIdle) {
    std::ofstream("/tmp/manager.sh")
        << "export DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus\n"
           "is() { for i in $(seq 300); do [ \"$(systemctl --user is-active gamesched-session)\" = "
           "$1 ] && return; sleep 0.1; done; systemctl --user status gamesched-session; return 1; "
           "}\n"
           "is inactive || exit\n"
           "PATH=$PATH:/usr/games\n"
           "gamemoderun sleep 600 & game=$!\n"
           "is active || exit\n"
           "gamemodelist\n"
           "until gamesched games | grep -q gamemode; do sleep 0.2; done\n"
           "kill $game\n"
           "is inactive && echo gone\n";
    const Output output = as_player("exec sh /tmp/manager.sh");
    EXPECT_TRUE(output.text.ends_with("gone")) << output.text;
    EXPECT_TRUE(output.text.contains("sleep")) << output.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
}

TEST_F(GameMode, AKilledClientIsUnregisteredAtOnce) {
    const Child keeps_it_attached = sleeper();
    ASSERT_TRUE(succeeds(register_game(keeps_it_attached.pid())));
    // GameMode's own service looks every five seconds, so that a game which is killed as soon as
    // the one before is unregistered waits for most of that time. What a busy machine adds can only
    // make a round longer: the shortest counts.
    const Output output = in_session(
        "gdbus monitor --session -d com.feralinteractive.GameMode > /tmp/monitor & monitor=$!\n"
        "for round in 1 2 3 4; do\n"
        "gamemoderun sleep 60 & game=$!\n"
        "becomes 1\n"
        "until grep -q owned /tmp/monitor; do sleep 0.1; done\n"
        "begin=$(date +%s%3N)\n"
        "kill -9 $game\n"
        "until [ $(grep -c GameUnregistered /tmp/monitor) = $round ]; do sleep 0.05; done\n"
        "[ $round = 1 ] || echo $(($(date +%s%3N) - begin))\n"
        "done\n"
        "kill $monitor\n");
    std::vector<int> milliseconds;
    std::istringstream lines(output.text);
    for (std::string line; std::getline(lines, line);)
        if (!line.empty() && std::ranges::all_of(line, [](char c) { return c >= '0' && c <= '9'; }))
            milliseconds.push_back(std::stoi(line));
    ASSERT_EQ(milliseconds.size(), 3u) << output.text;
    EXPECT_LT(std::ranges::min(milliseconds), 2000) << output.text;
}

}  // namespace
}  // namespace gamesched::test

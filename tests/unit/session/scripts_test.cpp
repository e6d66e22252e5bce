// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/scripts.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <format>

#include "tests/support/shell.h"

namespace gamesched::session {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct SessionScripts : testing::Test {
    Loop loop;
    Scripts scripts{loop};
    std::filesystem::path log =
        std::filesystem::temp_directory_path() / std::format("gamesched-scripts-{}", getpid());
    int ended = 0;

    ~SessionScripts() override { std::filesystem::remove(log); }

    std::string say(const std::string& word) const {
        return std::format("echo {} >> {}", word, log.string());
    }
    void run(std::vector<std::string> commands, std::chrono::seconds limit = 10s) {
        scripts.run(std::move(commands), limit, [this] {
            ++ended;
            loop.exit(0);
        });
    }
};

TEST_F(SessionScripts, CommandsRunOneAfterTheOther) {
    run({"sleep 0.2; " + say("one"), say("two"), "exit 3", say("three")});
    EXPECT_EQ(ended, 0) << "without being waited for";
    loop.run();
    EXPECT_EQ(ended, 1);
    EXPECT_EQ(test::read_text(log), "one\ntwo\nthree");
}

TEST_F(SessionScripts, WithoutCommandsTheEndIsAtOnce) {
    run({});
    EXPECT_EQ(ended, 1);
}

TEST_F(SessionScripts, ACommandThatTakesTooLongIsKilledWithItsChildren) {
    const auto begin = Clock::now();
    run({"sleep 31 & echo $! > " + log.string() + "; sleep 32", ":"}, 1s);
    loop.run();
    EXPECT_LT(Clock::now() - begin, 10s);
    EXPECT_EQ(ended, 1);
    const std::string child = test::read_text(log);
    EXPECT_TRUE(test::eventually([&] {
        const std::string state = test::sh("ps -o stat= -p " + child).text;
        return state.empty() || state.starts_with('Z');
    })) << child;
}

TEST_F(SessionScripts, CommandsHaveNoSignalsBlockedThatTheLoopHas) {
    sigset_t before;
    sigprocmask(SIG_BLOCK, nullptr, &before);
    const Source signal = loop.on_signal(SIGTERM, [] {});
    run({"kill -TERM $$; " + say("alive")});
    loop.run();
    sigprocmask(SIG_SETMASK, &before, nullptr);
    EXPECT_EQ(test::read_text(log), "");
}

}  // namespace
}  // namespace gamesched::session

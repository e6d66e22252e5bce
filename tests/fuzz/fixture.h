// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The daemon, processes that messages are about, and what becomes of those that messages of any
// kind are sent to.

#pragma once

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include "tests/bus/bus.h"
#include "tests/fuzz/message.h"
#include "tests/support/pidfd.h"

namespace gamesched::fuzz {

inline constexpr uint64_t kClientLives = 400;  // messages, on average
inline constexpr uint64_t kProcessLives = 300;

struct FuzzFixture : test::Bus {
    World world{
        .pids = {},
        .cookies = {},
        .games = {},
        .descriptors = {open("/dev/null", O_RDWR | O_CLOEXEC), open("/", O_PATH | O_CLOEXEC)}};
    std::vector<std::unique_ptr<test::Process>> processes;

    ~FuzzFixture() override {
        for (const int descriptor : world.descriptors)
            close(descriptor);
    }

    // Logs would be the longest part of the test's: this sends them to a journal, which is not
    // there. What the sanitizers say comes on stderr all the same.
    static void SetUpTestSuite() { setenv("JOURNAL_STREAM", "0:0", 1); }
    static void TearDownTestSuite() { unsetenv("JOURNAL_STREAM"); }

    void add_process(uid_t user = 0) {
        users_.push_back(user);
        processes.push_back(test::sleeper(user));
        world.pids.push_back(processes.back()->pid());
        world.descriptors.push_back(test::pidfd_of(world.pids.back()).release());
    }
    // By another one of the same user.
    void replace_process(size_t which) {
        int& pidfd = world.descriptors[world.descriptors.size() - processes.size() + which];
        close(pidfd);
        processes[which] = test::sleeper(users_[which]);
        world.pids[which] = processes[which]->pid();
        pidfd = test::pidfd_of(world.pids[which]).release();
    }

    static size_t descriptors_of(const test::Process& process) {
        const std::filesystem::path folder = std::format("/proc/{}/fd", process.pid());
        return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                                 std::filesystem::directory_iterator()));
    }
    static void expect_no_more_descriptors(const test::Process& process, size_t before) {
        EXPECT_TRUE(test::eventually([&] { return descriptors_of(process) <= before; }))
            << before << " descriptors before; now\n"
            << test::sh(std::format("ls -l /proc/{}/fd", process.pid())).text;
    }

    // And the leak checker of its sanitizer finds nothing.
    static void expect_to_end_well(test::Process& process) {
        ASSERT_FALSE(process.status()) << "it has ended";
        kill(static_cast<pid_t>(process.pid()), SIGTERM);
        std::optional<int> status;
        EXPECT_TRUE(test::eventually([&] { return (status = process.status()).has_value(); },
                                     std::chrono::seconds(60)));
        EXPECT_EQ(status, 0);
    }

  private:
    std::vector<uid_t> users_;
};

}  // namespace gamesched::fuzz

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The daemon, and what becomes of processes that messages of any kind are sent to.

#pragma once

#include <signal.h>
#include <sys/syscall.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <iterator>
#include <optional>

#include "tests/bus/bus.h"

namespace gamesched::fuzz {

inline constexpr uint64_t kClientLives = 400;  // messages, on average
inline constexpr uint64_t kProcessLives = 300;

struct FuzzFixture : test::Bus {
    // Logs would be the longest part of the test's: this sends them to a journal, which is not
    // there. What the sanitizers say comes on stderr all the same.
    static void SetUpTestSuite() { setenv("JOURNAL_STREAM", "0:0", 1); }
    static void TearDownTestSuite() { unsetenv("JOURNAL_STREAM"); }

    static int pidfd_of(const test::Process& process) {
        return static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(process.pid()), 0));
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
};

}  // namespace gamesched::fuzz

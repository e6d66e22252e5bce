// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gamesched {
namespace {

TEST(Process, APidfdNamesItsProcessUntilTheProcessIsGone) {
    const pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(0);
    }
    const auto pidfd = open_pidfd(static_cast<uint32_t>(child));
    ASSERT_TRUE(pidfd);
    EXPECT_EQ(pid_of_pidfd(pidfd->get()), child);
    EXPECT_EQ(owner_of(pidfd->get()), getuid());
    EXPECT_FALSE(has_exited(pidfd->get()));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(has_exited(pidfd->get()));
    EXPECT_EQ(owner_of(pidfd->get()).error().kind, ErrorKind::kNoSuchProcess);
    EXPECT_EQ(open_pidfd(static_cast<uint32_t>(child)).error().kind, ErrorKind::kNoSuchProcess);
}

TEST(Process, WhatIsNoPidIsRefused) {
    EXPECT_EQ(open_pidfd(0).error().kind, ErrorKind::kInvalidArgument);
    EXPECT_EQ(open_pidfd(0xffffffff).error().kind, ErrorKind::kInvalidArgument);
    const Fd file(open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(pid_of_pidfd(file.get()).error().kind, ErrorKind::kInvalidArgument);
}

TEST(Process, StatIsReadPastAHostileName) {
    EXPECT_EQ(parent_of(getpid()), getppid());
    EXPECT_TRUE(start_time_of(getpid()));
    EXPECT_FALSE(start_time_of(-5));
}

TEST(Printable, ReplacesWhatATerminalOrTheBusCannotTake) {
    EXPECT_EQ(printable("plain ä €", 100), "plain ä €");
    EXPECT_EQ(printable("a\nb\x1b[1m", 100), "a\uFFFDb\uFFFD[1m");
    EXPECT_EQ(printable("\xff\xc3", 100), "\uFFFD\uFFFD");
    EXPECT_EQ(printable("\xc2\x9b", 100), "\uFFFD");                  // C1 control
    EXPECT_EQ(printable("\xed\xa0\x80", 100), "\uFFFD\uFFFD\uFFFD");  // surrogate
}

TEST(Printable, CutsBetweenCharacters) {
    EXPECT_EQ(printable("ääää", 5), "ää");
    EXPECT_EQ(printable("abc", 0), "");
}

}  // namespace
}  // namespace gamesched

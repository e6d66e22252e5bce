// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Programs that are started, programs that cannot be, and how they end.

#include "desktop/client/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <format>
#include <fstream>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "desktop/client/problem.h"

namespace gamesched::client {
namespace {

namespace fs = std::filesystem;

struct Ended {
    int status = 0;
    std::string errors;  // what it said on stderr
};

// Executes the program in a child, found in `path` only.
Ended executed(const std::vector<std::string>& argv, const std::string& path = "/usr/bin:/bin") {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return {-1, "no pipe"};
    const pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        setenv("PATH", path.c_str(), 1);
        _exit(execute(argv));
    }
    close(ends[1]);
    Ended ended;
    std::array<char, 512> buffer{};
    for (ssize_t size = 0; (size = read(ends[0], buffer.data(), buffer.size())) > 0;)
        ended.errors.append(buffer.data(), static_cast<std::size_t>(size));
    close(ends[0]);
    ended.status = wait_for(child);
    return ended;
}

class ClientProcess : public testing::Test {
  protected:
    ClientProcess() { fs::create_directories(directory_); }
    ~ClientProcess() override { fs::remove_all(directory_); }

    std::string file(const char* name, std::string_view text, fs::perms permissions) const {
        const fs::path path = directory_ / name;
        std::ofstream(path) << text;
        fs::permissions(path, permissions);
        return path;
    }

    const fs::path directory_ =
        fs::temp_directory_path() / std::format("gamesched-client-{}", getpid());
};

TEST_F(ClientProcess, AProgramsExitStatusIsKept) {
    EXPECT_EQ(executed({"sh", "-c", "exit 0"}).status, 0);
    EXPECT_EQ(executed({"sh", "-c", "exit 7"}).status, 7);
    EXPECT_EQ(executed({"/bin/sh", "-c", "exit 255"}).status, 255);
}

TEST_F(ClientProcess, ArgumentsArriveAsTheyAre) {
    EXPECT_EQ(
        executed({"sh", "-c", R"(printf '<%s>' "$0" "$@" >&2)", "a b", "", "*", "$x", "--"}).errors,
        "<a b><><*><$x><-->");
}

TEST_F(ClientProcess, ASignalIsAStatusFrom128On) {
    EXPECT_EQ(executed({"sh", "-c", "kill -TERM $$"}).status, kExitSignalBase + SIGTERM);
    EXPECT_EQ(executed({"sh", "-c", "kill -KILL $$"}).status, kExitSignalBase + SIGKILL);
}

TEST_F(ClientProcess, AProgramIsSearchedInPath) {
    file("our-game", "#!/bin/sh\nexit 5\n", fs::perms::owner_all);
    EXPECT_EQ(executed({"our-game"}, directory_).status, 5);
    EXPECT_EQ(executed({"our-game"}, "/nonexistent").status, kExitNotFound);
}

TEST_F(ClientProcess, WhatIsNotThereIs127) {
    const Ended ended = executed({"/nonexistent/game", "x"});
    EXPECT_EQ(ended.status, kExitNotFound);
    EXPECT_EQ(ended.errors,
              "gamesched: cannot execute /nonexistent/game: No such file or directory\n");
    EXPECT_EQ(executed({""}).status, kExitNotFound);
}

TEST_F(ClientProcess, WhatCannotBeExecutedIs126) {
    const std::string data = file("data", "text", fs::perms::owner_read);
    const Ended ended = executed({data});
    EXPECT_EQ(ended.status, kExitCannotExecute);
    EXPECT_EQ(ended.errors, "gamesched: cannot execute " + data + ": Permission denied\n");
    EXPECT_EQ(executed({"/"}).status, kExitCannotExecute);
    EXPECT_EQ(executed({"data"}, directory_).status, kExitCannotExecute);
    EXPECT_EQ(executed({data + "/game"}).status, kExitCannotExecute);
}

TEST_F(ClientProcess, AHostileNameDoesNotReachTheTerminalRaw) {
    EXPECT_EQ(executed({"/nonexistent/\x1b[2J\n\xff"}).errors,
              "gamesched: cannot execute /nonexistent/[2J \ufffd: No such file or directory\n");
}

TEST_F(ClientProcess, WaitingForSomebodyElsesChildFails) {
    EXPECT_EQ(wait_for(getppid()), kExitRefused);
}

TEST_F(ClientProcess, APidfdIsClosedOnce) {
    std::optional<Fd> own = open_pidfd(getpid());
    ASSERT_TRUE(own->is_open());
    const int number = own->get();
    {
        const Fd taken = std::move(*own);
        own.reset();
        EXPECT_EQ(taken.get(), number);
        EXPECT_NE(fcntl(number, F_GETFD), -1);
    }
    EXPECT_EQ(fcntl(number, F_GETFD), -1);
    EXPECT_FALSE(open_pidfd(0).is_open());
}

TEST(ClientBaseName, IsTheLastPartOfAPath) {
    EXPECT_EQ(base_name("/usr/bin/game"), "game");
    EXPECT_EQ(base_name("./game.sh"), "game.sh");
    EXPECT_EQ(base_name("game"), "game");
    EXPECT_EQ(base_name("/games/x//"), "x");
    EXPECT_EQ(base_name("/"), "/");
    EXPECT_EQ(base_name(""), "");
}

TEST(ClientThreads, AProcessHasSeveralAndAThreadIsAlone) {
    std::promise<std::uint32_t> tid;
    std::promise<void> end;
    const std::jthread thread([&] {
        tid.set_value(static_cast<std::uint32_t>(gettid()));
        end.get_future().wait();
    });
    const auto self = static_cast<std::uint32_t>(getpid());
    const std::uint32_t other = tid.get_future().get();
    std::vector<std::uint32_t> both{self, other};
    std::ranges::sort(both);
    EXPECT_EQ(threads_of(self), both);
    EXPECT_EQ(threads_of(other), std::vector{other});
    EXPECT_TRUE(threads_of(4'194'305).empty());
    end.set_value();
}

}  // namespace
}  // namespace gamesched::client

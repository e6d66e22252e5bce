// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/process.h"

#include "desktop/client/problem.h"
#include "desktop/client/terminal.h"
#include "desktop/client/text.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <format>
#include <fstream>
#include <utility>

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gamesched::client {

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Fd& Fd::operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

Fd::~Fd() {
    if (fd_ >= 0)
        ::close(fd_);
}

Fd open_pidfd(pid_t pid) noexcept {
    // pidfds are always closed on exec.
    return Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
}

std::vector<std::uint32_t> threads_of(std::uint32_t id) {
    const std::filesystem::path process = std::format("/proc/{}", id);
    std::ifstream status(process / "status");
    std::string word;
    while (status >> word && word != "Tgid:") {
    }
    std::uint32_t leader = 0;
    if (!(status >> leader))
        return {};
    if (leader != id)
        return {id};
    std::vector<std::uint32_t> threads;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(process / "task", error)) {
        const std::string name = entry.path().filename();
        std::uint32_t thread = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), thread).ec == std::errc{})
            threads.push_back(thread);
    }
    std::ranges::sort(threads);
    return threads;
}

int execute(const std::vector<std::string>& argv) noexcept {
    try {
        std::vector<char*> arguments;
        for (const std::string& argument : argv)
            arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        std::fflush(nullptr);
        ::execvp(arguments.front(), arguments.data());
        const int error = errno;
        warn(std::format("cannot execute {}: {}", printable(argv.front()), std::strerror(error)));
        return error == ENOENT ? kExitNotFound : kExitCannotExecute;
    } catch (...) {
        warn("cannot execute CMD: out of memory");
        return kExitCannotExecute;
    }
}

int wait_for(pid_t child) noexcept {
    int status = 0;
    while (::waitpid(child, &status, 0) == -1) {
        if (errno != EINTR)
            return kExitRefused;
    }
    return WIFSIGNALED(status) ? kExitSignalBase + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string base_name(const std::string& path) {
    const auto end = path.find_last_not_of('/');
    if (end == std::string::npos)
        return path;
    const auto slash = path.find_last_of('/', end);
    const auto begin = slash == std::string::npos ? 0 : slash + 1;
    return path.substr(begin, end - begin + 1);
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/scripts.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "service/base/process.h"

namespace gamesched::session {
namespace {

// How a child begins: in a process group of its own, with the signals that the loop has blocked,
// and nothing to read.
class SpawnSettings {
  public:
    SpawnSettings() {
        posix_spawnattr_init(&attributes_);
        posix_spawn_file_actions_init(&files_);
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setpgroup(&attributes_, 0);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        posix_spawnattr_destroy(&attributes_);
        posix_spawn_file_actions_destroy(&files_);
    }

    int spawn(pid_t& pid, const std::string& command) const {
        std::string shell = "sh", option = "-c", text = command;
        char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
        return posix_spawn(&pid, "/bin/sh", &files_, &attributes_, arguments, environ);
    }

  private:
    posix_spawnattr_t attributes_;
    posix_spawn_file_actions_t files_;
};

}  // namespace

void Scripts::run(std::vector<std::string> commands, std::chrono::seconds limit,
                  std::function<void()> done) {
    commands_ = std::move(commands);
    std::ranges::reverse(commands_);
    limit_ = limit;
    done_ = std::move(done);
    next();
}

void Scripts::next() {
    while (!commands_.empty() && pid_ == 0) {
        command_ = std::move(commands_.back());
        commands_.pop_back();
        start(command_);
    }
    if (pid_ == 0)
        if (const auto done = std::exchange(done_, nullptr))
            done();
}

void Scripts::start(const std::string& command) {
    pid_t pid = 0;
    if (const int error = SpawnSettings().spawn(pid, command); error != 0)
        return spdlog::error("Running \"{}\": {}; it is left out", command, std::strerror(error));
    auto pidfd = open_pidfd(static_cast<uint32_t>(pid));  // not reaped yet, so it is there
    if (!pidfd) {
        kill(-pid, SIGKILL);
        waitpid(pid, nullptr, 0);
        return spdlog::error("Following \"{}\": {}; it was killed", command, pidfd.error().message);
    }
    pid_ = pid;
    pidfd_ = std::move(*pidfd);
    end_ = loop_.on_readable(pidfd_.get(), [this] { on_end(); });
    timer_ = loop_.after(limit_, [this] { on_timeout(); });
}

void Scripts::on_end() {
    int status = 0;
    waitpid(pid_, &status, 0);
    if (WIFSIGNALED(status))
        spdlog::warn("\"{}\" was ended by signal {}", command_, WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        spdlog::warn("\"{}\" failed with status {}", command_, WEXITSTATUS(status));
    end_.reset();
    timer_.reset();
    pidfd_.reset();
    pid_ = 0;
    next();
}

void Scripts::on_timeout() {
    spdlog::warn("\"{}\" has not ended within {} s and is killed", command_, limit_.count());
    kill(-pid_, SIGKILL);
}

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/threads.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <format>
#include <set>
#include <string>

namespace gamesched::session {
namespace {

// linux/ioprio.h is not in older kernel headers.
constexpr int kClassShift = 13, kNone = 0, kBestEffort = 2, kOfProcess = 1;

constexpr int best_effort(int level) {
    return kBestEffort << kClassShift | level;
}

int class_of(int ioprio) {
    return ioprio >> kClassShift;
}

std::set<pid_t> threads_of(pid_t process) {
    std::set<pid_t> threads;
    std::error_code error;
    std::filesystem::directory_iterator entry(std::format("/proc/{}/task", process), error);
    for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        const std::string name = entry->path().filename();
        pid_t thread = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), thread).ec == std::errc())
            threads.insert(thread);
    }
    return threads;
}

// Also those that a thread made before it was its turn. One that makes threads faster than they
// are listed is not followed for ever.
template <typename Change>
void for_each_thread(pid_t process, Change change) {
    constexpr int kMaxRounds = 8;
    std::set<pid_t> done;
    for (int round = 0; round < kMaxRounds; ++round) {
        const size_t before = done.size();
        for (const pid_t thread : threads_of(process))
            if (done.insert(thread).second)
                change(thread);
        if (done.size() == before)
            return;
    }
}

template <typename Change>
void change_ioprio(pid_t process, Change change) {
    for_each_thread(process, [&](pid_t thread) {
        const long present = syscall(SYS_ioprio_get, kOfProcess, thread);
        if (present < 0)
            return;
        if (const auto value = change(static_cast<int>(present)))
            syscall(SYS_ioprio_set, kOfProcess, thread, *value);
    });
}

bool change_nice(pid_t process, int from, int to) {
    bool allowed = true;
    for_each_thread(process, [&](pid_t thread) {
        const auto id = static_cast<id_t>(thread);
        errno = 0;
        const int present = getpriority(PRIO_PROCESS, id);
        if (errno != 0 || present != from)
            return;
        if (setpriority(PRIO_PROCESS, id, to) != 0 && errno != ESRCH)
            allowed = false;
    });
    return allowed;
}

}  // namespace

std::optional<int> raised_ioprio(int present, int level) {
    if (class_of(present) != kNone && class_of(present) != kBestEffort)
        return std::nullopt;
    return best_effort(level);
}

std::optional<int> reset_ioprio(int present, int level) {
    if (present != best_effort(level))
        return std::nullopt;
    return best_effort(kDefaultIoLevel);
}

void set_io_level(pid_t process, int level) {
    change_ioprio(process, [level](int present) { return raised_ioprio(present, level); });
}

void reset_io_level(pid_t process, int level) {
    change_ioprio(process, [level](int present) { return reset_ioprio(present, level); });
}

bool set_nice(pid_t process, int nice) {
    return change_nice(process, 0, -nice);
}

void reset_nice(pid_t process, int nice) {
    change_nice(process, -nice, 0);
}

}  // namespace gamesched::session

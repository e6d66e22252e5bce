// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

#include "service/base/proc_text.h"

namespace gamesched {
namespace {

constexpr size_t kMaxFileSize = 64 * 1024;

std::string read_file(const std::string& path) {
    Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    char buffer[4096];
    while (fd && text.size() < kMaxFileSize) {
        const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
        if (got <= 0)
            break;
        text.append(buffer, static_cast<size_t>(got));
    }
    return text;
}

std::string proc_path(pid_t pid, std::string_view file) {
    return std::format("/proc/{}/{}", pid, file);
}

std::optional<uint64_t> field_of_stat(pid_t pid, int number) {
    return stat_field(read_file(proc_path(pid, "stat")), number);
}

// A thread's number stands for it, too.
std::optional<uint64_t> field_of_status(pid_t pid, std::string_view label) {
    return status_field(read_file(proc_path(pid, "status")), label);
}

// Length of the UTF-8 sequence at the beginning of `text`; 0 if there is no valid one.
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(0);
    if (first < 0x80)
        return 1;
    const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text.size() < length)
        return 0;
    for (size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0) != 0x80)
            return 0;
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
        (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f))
        return 0;
    return length;
}

bool is_control(std::string_view sequence) {
    const auto first = static_cast<unsigned char>(sequence[0]);
    if (sequence.size() == 1)
        return first < 0x20 || first == 0x7f;
    return first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;  // C1
}

}  // namespace

Result<Fd> open_pidfd(uint32_t pid) {
    if (pid == 0 || pid > static_cast<uint32_t>(std::numeric_limits<pid_t>::max()))
        return fail(ErrorKind::kInvalidArgument, std::format("pid: {} is not a PID", pid));
    Fd fd(static_cast<int>(syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
    if (!fd) {
        if (errno == ESRCH)
            return fail(ErrorKind::kNoSuchProcess, std::format("There is no process {}", pid));
        if (errno == EINVAL || errno == ENOENT)  // a thread other than the leader
            return fail(ErrorKind::kInvalidArgument,
                        std::format("pid: {} is a thread, not a process", pid));
        return fail_errno(std::format("Opening process {}", pid), errno);
    }
    return fd;
}

Result<pid_t> pid_of_pidfd(int fd) {
    // PIDFD_THREAD (Linux 6.9), which pidfd_open(2) shows as O_EXCL: such a descriptor tells the
    // end of a thread.
    if (const int flags = fcntl(fd, F_GETFL); flags >= 0 && (flags & O_EXCL) != 0)
        return fail(ErrorKind::kInvalidArgument, "pidfd: is of a thread, not of a process");
    // Nothing else may be asked what it is: an epoll's fdinfo is as long as somebody else likes,
    // and waits for whoever holds its lock.
    std::error_code unread;
    const auto kind =
        std::filesystem::read_symlink(std::format("/proc/self/fd/{}", fd), unread).string();
    if (kind != "anon_inode:[pidfd]" && !kind.starts_with("pidfd:["))
        return fail(ErrorKind::kInvalidArgument, "pidfd: not a pidfd of a process");
    errno = 0;
    const std::string text = read_file(std::format("/proc/self/fdinfo/{}", fd));
    if (text.empty() && errno == EMFILE)
        return fail_errno("Looking at a pidfd", errno);
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
        if (!line.starts_with("Pid:"))
            continue;
        const int pid = std::atoi(line.c_str() + 4);
        if (pid > 0)
            return pid;
        return fail(ErrorKind::kNoSuchProcess, "The process of the pidfd is gone");
    }
    return fail(ErrorKind::kInvalidArgument, "pidfd: not a pidfd of a process");
}

bool has_exited(int pidfd) {
    pollfd poll_fd = {.fd = pidfd, .events = POLLIN, .revents = 0};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLIN) != 0;
}

Result<uid_t> owner_of(int pidfd) {
    const auto pid = pid_of_pidfd(pidfd);
    if (!pid)
        return std::unexpected(pid.error());
    const auto uid = field_of_status(*pid, "Uid:");
    if (!uid || has_exited(pidfd) || pid_of_pidfd(pidfd) != pid)
        return fail(ErrorKind::kNoSuchProcess, std::format("Process {} is gone", *pid));
    return static_cast<uid_t>(*uid);
}

std::string executable_of(pid_t pid) {
    std::error_code error;
    return std::filesystem::read_symlink(proc_path(pid, "exe"), error).string();
}

std::string comm_of(pid_t pid) {
    std::string comm = read_file(proc_path(pid, "comm"));
    if (comm.ends_with('\n'))
        comm.pop_back();
    return comm;
}

std::vector<std::string> arguments_of(pid_t pid) {
    return split_arguments(read_file(proc_path(pid, "cmdline")));
}

std::optional<pid_t> parent_of(pid_t pid) {
    const auto parent = field_of_stat(pid, 4);
    return parent ? std::optional(static_cast<pid_t>(*parent)) : std::nullopt;
}

std::optional<pid_t> process_of(pid_t thread) {
    const auto leader = field_of_status(thread, "Tgid:");
    return leader ? std::optional(static_cast<pid_t>(*leader)) : std::nullopt;
}

std::optional<uint64_t> start_time_of(pid_t pid) {
    return field_of_stat(pid, 22);
}

std::optional<ProcessStatus> status_of(pid_t pid) {
    const auto user = field_of_status(pid, "Uid:");
    if (!user)
        return std::nullopt;
    return ProcessStatus{
        .user = static_cast<uid_t>(*user),
        .threads = static_cast<uint32_t>(field_of_status(pid, "Threads:").value_or(0)),
        .memory_mib = field_of_status(pid, "VmRSS:").value_or(0) / 1024};
}

std::string cgroup_of(pid_t pid) {
    return unified_cgroup(read_file(proc_path(pid, "cgroup")));
}

std::map<std::string, std::string> environment_of(pid_t pid, std::span<const char* const> names) {
    return variables_in(read_file(proc_path(pid, "environ")), names);
}

std::vector<pid_t> all_processes() {
    std::vector<pid_t> pids;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
        const std::string name = entry.path().filename();
        pid_t pid = 0;
        const auto [stop, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (failed == std::errc() && stop == name.data() + name.size())
            pids.push_back(pid);
    }
    std::ranges::sort(pids);
    return pids;
}

std::string printable(std::string_view text, size_t limit) {
    std::string out;
    while (!text.empty()) {
        const size_t length = utf8_length(text);
        const std::string_view sequence = text.substr(0, std::max<size_t>(length, 1));
        const bool good = length > 0 && !is_control(sequence);
        const std::string_view shown = good ? sequence : std::string_view("\uFFFD");
        if (out.size() + shown.size() > limit)
            break;
        out += shown;
        text.remove_prefix(sequence.size());
    }
    return out;
}

}  // namespace gamesched

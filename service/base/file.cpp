// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "service/base/fd.h"

namespace gamesched {
namespace {

constexpr mode_t kPrivate = 0600;

std::expected<void, int> write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t done = write(fd, text.data(), text.size());
        if (done < 0)
            return std::unexpected(errno);
        text.remove_prefix(static_cast<size_t>(done));
    }
    return {};
}

}  // namespace

std::expected<std::string, int> read_attribute(const std::filesystem::path& path) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        return std::unexpected(errno);
    char buffer[4096];
    const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
    if (got < 0)
        return std::unexpected(errno);
    std::string text(buffer, static_cast<size_t>(got));
    text.erase(text.find_last_not_of(" \n") + 1);
    return text;
}

std::expected<std::string, int> read_regular(const std::filesystem::path& path, size_t limit) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    struct stat status = {};
    if (!fd || fstat(fd.get(), &status) != 0)
        return std::unexpected(errno);
    if (!S_ISREG(status.st_mode))
        return std::unexpected(EINVAL);
    std::string text;
    char buffer[16 * 1024];
    while (text.size() <= limit) {
        const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
        if (got < 0)
            return std::unexpected(errno);
        if (got == 0)
            return text;
        text.append(buffer, static_cast<size_t>(got));
    }
    return std::unexpected(EFBIG);
}

std::expected<void, int> write_attribute(const std::filesystem::path& path,
                                         std::string_view value) {
    const Fd fd(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (!fd)
        return std::unexpected(errno);
    return write_all(fd.get(), value);
}

std::expected<void, int> replace_file(const std::filesystem::path& path, std::string_view text) {
    const std::string fresh = path.string() + ".new";
    const Fd fd(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kPrivate));
    if (!fd)
        return std::unexpected(errno);
    if (auto written = write_all(fd.get(), text); !written) {
        unlink(fresh.c_str());
        return written;
    }
    if (rename(fresh.c_str(), path.c_str()) != 0)
        return std::unexpected(errno);
    return {};
}

}  // namespace gamesched

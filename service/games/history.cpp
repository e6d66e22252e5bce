// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/games/history.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <expected>
#include <format>
#include <sstream>

#include "service/base/fd.h"
#include "service/base/file.h"

namespace gamesched {
namespace {

constexpr std::string_view kPrefix = "history-", kSuffix = ".jsonl";

std::vector<std::string> lines_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        if (!line.empty())
            lines.push_back(std::move(line));
    return lines;
}

std::expected<void, int> forget_older_half(const std::filesystem::path& file) {
    const auto old = read_regular(file, 2 * History::kMaxBytes);
    if (!old)
        return std::unexpected(old.error());
    const std::vector<std::string> lines = lines_of(*old);
    std::string text;
    for (size_t i = (lines.size() + 1) / 2; i < lines.size(); ++i)
        text.append("\n").append(lines[i]);
    return replace_file(file, text);
}

}  // namespace

History::History(std::filesystem::path directory) : directory_(std::move(directory)) {}

std::filesystem::path History::file_of(uid_t user) const {
    return directory_ / std::format("{}{}{}", kPrefix, user, kSuffix);
}

void History::add(uid_t user, std::string_view line) {
    if (directory_.empty() || line.size() >= kMaxBytes / 2)
        return;
    const std::filesystem::path file = file_of(user);
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        make_room();
    const auto added = append(file, line);
    if (!added && failing_.insert(user).second)
        spdlog::error(
            "history: {} cannot be written: {}; until it can, summaries of games are in the "
            "journal only",
            file.string(), std::strerror(added.error()));
    else if (added && failing_.erase(user) > 0)
        spdlog::info("history: {} can be written again", file.string());
}

void History::make_room() const {
    std::vector<uid_t> known = users();
    std::error_code error;
    std::ranges::sort(known, std::greater(), [&](uid_t user) {
        return std::filesystem::last_write_time(file_of(user), error);
    });
    for (size_t i = kMaxUsers - 1; i < known.size(); ++i)
        std::filesystem::remove(file_of(known[i]), error);
}

std::expected<void, int> History::append(const std::filesystem::path& file,
                                         std::string_view line) const {
    const Fd fd(open(file.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!fd)
        return std::unexpected(errno);
    if (lseek(fd.get(), 0, SEEK_END) + static_cast<off_t>(line.size()) >=
        static_cast<off_t>(kMaxBytes)) {
        const auto done = forget_older_half(file);
        return done ? append(file, line) : done;
    }
    // The line end comes first: a line that was cut by a crash stays alone.
    const std::string text = std::string("\n").append(line);
    if (const ssize_t written = write(fd.get(), text.data(), text.size());
        written != static_cast<ssize_t>(text.size()))
        return std::unexpected(written < 0 ? errno : ENOSPC);
    return {};
}

std::vector<std::string> History::lines(uid_t user) const {
    return lines_of(read_regular(file_of(user), 2 * kMaxBytes).value_or(""));
}

std::vector<uid_t> History::users() const {
    std::vector<uid_t> users;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
        const std::string name = entry.path().filename();
        uid_t user = 0;
        if (name.starts_with(kPrefix) && name.ends_with(kSuffix) &&
            std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), user).ec ==
                std::errc())
            users.push_back(user);
    }
    return users;
}

}  // namespace gamesched

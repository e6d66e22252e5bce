// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What is remembered of games that have ended: a file for each user, bounded in size and number,
// with a line for each game. What a line says is others' business.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched {

class History {
  public:
    // Of a user's file that is larger the older half is forgotten.
    static constexpr size_t kMaxBytes = 256 * 1024;
    // Of more users the one who has not played for longest is forgotten.
    static constexpr size_t kMaxUsers = 64;

    // An empty directory: nothing is remembered.
    explicit History(std::filesystem::path directory);

    // `line` has no line end, and is far shorter than a file may be. That a file cannot be written
    // is logged once, and so is that it can be again.
    void add(uid_t user, std::string_view line);
    // The oldest first.
    std::vector<std::string> lines(uid_t user) const;
    // Of whom something is remembered.
    std::vector<uid_t> users() const;

  private:
    std::filesystem::path file_of(uid_t user) const;
    void make_room() const;
    // The error is an errno value.
    std::expected<void, int> append(const std::filesystem::path& file, std::string_view line) const;

    std::filesystem::path directory_;
    std::set<uid_t> failing_;  // whose files cannot be written
};

}  // namespace gamesched

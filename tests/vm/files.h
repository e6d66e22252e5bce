// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Files that a test puts into the machine.

#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "tests/support/shell.h"

namespace gamesched::test {

// Gone at the end of the test.
class File {
  public:
    File(std::filesystem::path path, const std::string& text) : path_(std::move(path)) {
        std::filesystem::create_directories(path_.parent_path());
        std::ofstream(path_) << text;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::filesystem::remove(path_); }
    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

// What the service's configuration says besides, until the end of the test.
class Configuration {
  public:
    explicit Configuration(const std::string& toml) {
        file_.emplace("/etc/gamesched/gamesched.conf.d/of-the-test.toml", toml);
        reload();
    }
    Configuration(const Configuration&) = delete;
    Configuration& operator=(const Configuration&) = delete;
    ~Configuration() {
        file_.reset();
        reload();
    }

  private:
    static void reload() {
        const Output reloaded = sh("gamesched reload");
        EXPECT_EQ(reloaded.status, 0) << reloaded.text;
    }

    std::optional<File> file_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What must survive the service: written to its runtime directory at every change, read once at
// start. systemd keeps the directory and the file descriptors (sd_pid_notify_with_fds) from one
// life to the next.

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "service/games/game.h"
#include "service/scheduler/past.h"

namespace gamesched {

struct SavedLaunch {
    uint64_t tree = 0;
    pid_t pid = 0;
    uint64_t start_time = 0;
    uid_t user = 0;
    std::string app_id;
    bool ignored = false;  // its game was unregistered: not found again
};

// A process whose game was unregistered while it lives: not found again.
struct UnwantedProcess {
    pid_t pid = 0;
    uint64_t start_time = 0;
    uid_t user = 0;
};

struct SavedHold {
    uint32_t cookie = 0;
    std::string owner;
    uid_t user = 0;
    std::string app_id;
    std::string reason;
    int64_t since_usec = 0;
};

struct SavedState {
    uint64_t next_game_id = 1;
    std::string mode;         // empty: the configuration's
    std::string profile;      // empty: the configuration's
    std::string bus_id;       // of the bus whose names the holds carry
    std::vector<Game> games;  // without descriptors
    std::vector<SavedLaunch> launches;
    std::vector<UnwantedProcess> unwanted;
    std::vector<SavedHold> holds;
    SchedulerPast scheduler;
};

class Store {
  public:
    // An empty directory: nothing is kept.
    explicit Store(std::filesystem::path directory) : directory_(std::move(directory)) {}

    // An unreadable or damaged file is the same as none; it is logged. `fds`: what systemd has
    // kept; the store takes its own.
    SavedState load(std::map<std::string, Fd>& fds);
    // Where the file cannot be written, systemd keeps one in memory until it can. Both are logged,
    // once. What is in the file already is not written again.
    void save(const SavedState& state, const std::vector<const Game*>& games);

    // Hands a copy of a descriptor to systemd under a name, or takes it back. Nothing happens
    // without systemd.
    static void keep_fd(const std::string& name, int fd);
    static void drop_fd(const std::string& name);
    // What systemd has kept. Ask once.
    static std::map<std::string, Fd> take_fds();

  private:
    bool keep_in_memory(std::string_view text);

    std::filesystem::path directory_;
    std::string written_;   // what is in the file; empty: not known
    Fd memory_;             // newer than the file, if there is one
    bool failing_ = false;  // the file cannot be written
};

}  // namespace gamesched

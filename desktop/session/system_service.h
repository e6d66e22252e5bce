// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gameschedd as this session needs it: it is told of each game, by pidfd. Whatever goes wrong there
// is said in the journal and changes nothing here.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

struct sd_event;

namespace gamesched::session {

class SystemService {
  public:
    explicit SystemService(sd_event* loop) : loop_(loop) {}

    // Both call `done` once, with or without success, at the latest after some seconds.
    void register_game(int pidfd, pid_t requester, std::function<void()> done);
    void unregister_game(int pidfd, std::function<void()> done);

  private:
    // Null when there is no system bus; the journal knows why then.
    sdbus::IProxy* manager();
    // `method` makes a call whose answer calls `done`; what cannot be called is done at once.
    void call(const std::function<void()>& done, const std::function<void(sdbus::IProxy&)>& method);
    void on_answer(const std::optional<sdbus::Error>& error);
    void complain(const std::string& line);

    sd_event* loop_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IProxy> manager_;
    bool is_lost_ = false;   // the connection, to be made afresh for the next game
    std::string complaint_;  // the last one: the same is not said for every game
};

}  // namespace gamesched::session

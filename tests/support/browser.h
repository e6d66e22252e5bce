// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A real browser without a screen: Debian's chromium-headless-shell, steered by its DevTools
// protocol over two pipes.

#pragma once

#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace gamesched::test {

class Browser {
  public:
    using Json = nlohmann::json;

    Browser();
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;
    ~Browser();

    void set_window(int width, int height);
    void set_dark(bool dark);
    // Returns when it is loaded with all that it wants.
    void open(const std::filesystem::path& page);
    // The value of a JavaScript expression in the page.
    Json evaluate(const std::string& expression);

    // Of the page: what it has asked for, and what it has written to the console or got wrong.
    const std::vector<std::string>& requests() const { return requests_; }
    const std::vector<std::string>& complaints() const { return complaints_; }

  private:
    Json call(const std::string& method, const Json& parameters = Json::object());
    Json receive();
    void on_event(const Json& event);

    std::filesystem::path profile_;
    int to_ = -1;
    int from_ = -1;
    pid_t pid_ = -1;
    std::string received_;  // what is no whole message yet
    int last_id_ = 0;
    std::string session_;  // with the page; empty: with the browser
    bool loaded_ = false;
    std::vector<std::string> requests_;
    std::vector<std::string> complaints_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The time zone of this process, for as long as the object lives.

#pragma once

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

namespace gamesched::client {

class TimeZone {
  public:
    explicit TimeZone(const char* zone) {
        if (const char* present = std::getenv("TZ"))
            before_ = present;
        ::setenv("TZ", zone, 1);
        ::tzset();
    }

    TimeZone(const TimeZone&) = delete;
    TimeZone& operator=(const TimeZone&) = delete;

    ~TimeZone() {
        if (before_)
            ::setenv("TZ", before_->c_str(), 1);
        else
            ::unsetenv("TZ");
        ::tzset();
    }

  private:
    std::optional<std::string> before_;
};

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Text for people: strings that come from elsewhere made safe to print, durations, times of day.
// Pure but for the clock and the time zone.

#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace gamesched::client {

using Usec = std::chrono::microseconds;
using WallTime = std::chrono::sys_time<Usec>;

WallTime wall_now();

// Any bytes as one line of UTF-8 that a terminal only shows and never obeys: tabs and line ends
// become spaces, other control characters and those that reorder text are dropped, what is not
// UTF-8 becomes U+FFFD.
std::string printable(std::string_view bytes);

// At most `limit` bytes of `text`, cut between characters. `text` is valid UTF-8.
std::string clipped_bytes(std::string_view text, std::size_t limit);

// At most `limit` characters of `text`; what is cut off is shown as "…". `text` is valid UTF-8.
std::string clipped_columns(std::string_view text, std::size_t limit);

// How many characters `text` has. Wide ones count as one: columns that can have them come last in a
// line.
std::size_t columns(std::string_view text);

// "0 s", "42 s", "12 min 3 s", "2 h 14 min", "3 d 4 h". Negative durations (the clock was set) are
// "0 s".
std::string duration_text(Usec duration);

// "12 µs", "3.4 ms", "120 ms", "2.5 s": of a wait. What is negative is 0.
std::string wait_text(Usec wait);

// "14:03:22.123", local time.
std::string time_of_day(WallTime time);

// "2026-01-31T14:03:22.123+01:00", local time.
std::string timestamp(WallTime time);

}  // namespace gamesched::client

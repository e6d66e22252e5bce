// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Why a command did not work: the exit code of gamesched and the sentence for stderr, with what to
// do about it. Pure: error names of the bus in, a Problem out.

#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace gamesched::client {

inline constexpr int kExitOk = 0;
inline constexpr int kExitRefused = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitCannotExecute = 126;
inline constexpr int kExitNotFound = 127;
inline constexpr int kExitSignalBase = 128;

// Both sentences are printable and without a line end.
struct Problem {
    int exit_code = kExitRefused;
    std::string what;
    std::string hint;  // what to do about it; may be empty
};

// "WHAT; HINT"
std::string sentence(const Problem& problem);

template <typename T>
using Result = std::expected<T, Problem>;

// What an error reply means for the user. `name` and `message` are those of the D-Bus error.
Problem problem_of_error(std::string_view name, std::string_view message);

// There is no bus to ask on.
Problem problem_of_connection(std::string_view message);

// A bus that answers with something that the contract does not say.
Problem problem_of_reply(std::string_view message);

}  // namespace gamesched::client

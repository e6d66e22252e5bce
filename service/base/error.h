// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What can go wrong inside the core, as a value. The bus layer turns kinds into wire names
// (bus/errors).

#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <format>
#include <string>
#include <utility>

namespace gamesched {

enum class ErrorKind {
    kInvalidArgument,
    kNoSuchProcess,
    kNoSuchGame,
    kNoSuchHold,
    kNoSuchSubscription,
    kNoSuchTunable,
    kNoSuchProfile,
    kOutOfRange,
    kNotAttached,
    kAccessDenied,
    kLimitReached,
    kInvalidConfiguration,
    kFailed,
};

struct Error {
    ErrorKind kind = ErrorKind::kFailed;
    std::string message;  // one sentence for people, without a full stop at the end

    bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
    return std::unexpected(Error{kind, std::move(message)});
}

// kFailed with the text of an errno value (its sign does not matter: libbpf and sd-* return it
// negated).
inline std::unexpected<Error> fail_errno(std::string_view attempted, int error) {
    return fail(ErrorKind::kFailed,
                std::format("{}: {}", attempted, std::strerror(error < 0 ? -error : error)));
}

}  // namespace gamesched

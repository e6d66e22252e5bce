// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Dictionaries of options, a{sv}, that clients send: what is wrong with any of them.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <format>
#include <map>
#include <string>

#include "service/base/error.h"
#include "service/base/process.h"
#include "service/bus/calls.h"

namespace gamesched {

using Options = std::map<std::string, sdbus::Variant>;

// Of the call that is being handled now.
inline Result<void> expect_each_once(const Options& options, const Calls& calls) {
    if (calls.entries_of_options() != options.size())
        return fail(ErrorKind::kInvalidArgument, "options: an option is given twice");
    return {};
}

inline std::unexpected<Error> no_such_option(const std::string& key) {
    constexpr size_t kShown = 64;  // bytes
    return fail(ErrorKind::kInvalidArgument,
                std::format("options: there is no option \"{}\"", printable(key, kShown)));
}

}  // namespace gamesched

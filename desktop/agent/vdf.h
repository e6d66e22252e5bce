// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Valve's text format of keys and values ("KeyValues"), as Steam keeps its libraries in:
//
//     "AppState" { "appid" "620"  "name" "Portal 2" }
//
// Pure; the text may be anything.

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched::agent {

// Deeper files are wrong; Steam's have four levels.
inline constexpr size_t kMaxVdfDepth = 32;

// The keys from the outermost to the value's own.
using VdfVisitor =
    std::function<void(const std::vector<std::string>& keys, const std::string& value)>;

// Calls back for each value, in order. False if the text is wrong; what came before was told.
bool visit_vdf(std::string_view text, const VdfVisitor& visit);

// Keys are the same whatever their case.
bool is_key(std::string_view key, std::string_view other);

}  // namespace gamesched::agent

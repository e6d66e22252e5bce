// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The dialect of gamemode.ini, as the INI reader that GameMode uses takes it: comments begin with
// ";" or "#", also behind a value after white space (";" only there); a key may be repeated; an
// indented line is another value of the key above it. GLib's GKeyFile can read none of these, and
// the example that every distribution ships uses them all. Pure: text in, entries out.

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gamesched::session {

struct Entry {
    std::string section;
    std::string key;
    std::string value;

    bool operator==(const Entry&) const = default;
};

struct Ini {
    std::vector<Entry> entries;    // in the order of the text
    std::vector<int> wrong_lines;  // lines that are neither section nor value nor comment, from 1
};

Ini parse_ini(std::string_view text);

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Values of the bus as JSON. Pure.

#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>

namespace sdbus {
class Variant;
}

namespace gamesched::client {

// Members keep the order in which they were put in.
using Json = nlohmann::ordered_json;

// A value of any type: integers and doubles as numbers, strings, paths and signatures as strings,
// arrays and structs as arrays, dictionaries as objects (a key that is not a string as its text),
// file descriptors as null.
Json json_of(const sdbus::Variant& value);

// A dictionary a{sv}, whichever string type its keys have.
template <typename Key>
Json json_of(const std::map<Key, sdbus::Variant>& dictionary) {
    Json object = Json::object();
    for (const auto& [key, value] : dictionary)
        object[std::string{key}] = json_of(value);
    return object;
}

// On one line. Characters outside ASCII are escaped, so that nothing reaches a terminal that it
// would obey.
std::string json_line(const Json& value);

// Indented, for a command's only output. Escaped as json_line().
std::string json_document(const Json& value);

}  // namespace gamesched::client

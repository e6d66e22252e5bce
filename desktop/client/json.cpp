// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/json.h"

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>

namespace gamesched::client {
namespace {

Json read_value(sdbus::Message& message);

template <typename T>
Json read_basic(sdbus::Message& message) {
    T value{};
    message >> value;
    return value;
}

template <typename T>
Json read_string(sdbus::Message& message) {
    T value;
    message >> value;
    return std::string{value};
}

std::string key_text(const Json& key) {
    return key.is_string() ? key.get<std::string>() : key.dump();
}

Json read_dictionary(sdbus::Message& message, const char* contents) {
    Json object = Json::object();
    // The entry's own signature, between the braces.
    const std::string entry{contents + 1, std::char_traits<char>::length(contents) - 2};
    message.enterContainer(contents);
    while (!message.isAtEnd(false)) {
        message.enterDictEntry(entry.c_str());
        const std::string key = key_text(read_value(message));
        object[key] = read_value(message);
        message.exitDictEntry();
    }
    message.exitContainer();
    return object;
}

Json read_array(sdbus::Message& message, const char* contents) {
    if (contents[0] == '{')
        return read_dictionary(message, contents);
    Json array = Json::array();
    message.enterContainer(contents);
    while (!message.isAtEnd(false))
        array.push_back(read_value(message));
    message.exitContainer();
    return array;
}

Json read_struct(sdbus::Message& message, const char* contents) {
    Json array = Json::array();
    message.enterStruct(contents);
    while (!message.isAtEnd(false))
        array.push_back(read_value(message));
    message.exitStruct();
    return array;
}

Json read_variant(sdbus::Message& message, const char* contents) {
    message.enterVariant(contents);
    Json value = read_value(message);
    message.exitVariant();
    return value;
}

Json read_fd(sdbus::Message& message) {
    sdbus::UnixFd fd;
    message >> fd;
    return nullptr;
}

// Reads the complete type at the message's read pointer. The depth is bounded by the bus (64
// containers).
Json read_value(sdbus::Message& message) {
    const auto [type, contents] = message.peekType();
    // sd-bus reuses the memory that `contents` points to when a container is entered.
    const std::string inner = contents != nullptr ? contents : "";
    switch (type) {
        case 'b':
            return read_basic<bool>(message);
        case 'y':
            return read_basic<std::uint8_t>(message);
        case 'n':
            return read_basic<std::int16_t>(message);
        case 'q':
            return read_basic<std::uint16_t>(message);
        case 'i':
            return read_basic<std::int32_t>(message);
        case 'u':
            return read_basic<std::uint32_t>(message);
        case 'x':
            return read_basic<std::int64_t>(message);
        case 't':
            return read_basic<std::uint64_t>(message);
        case 'd':
            return read_basic<double>(message);
        case 's':
            return read_string<std::string>(message);
        case 'o':
            return read_string<sdbus::ObjectPath>(message);
        case 'g':
            return read_string<sdbus::Signature>(message);
        case 'h':
            return read_fd(message);
        case 'a':
            return read_array(message, inner.c_str());
        case 'r':
            return read_struct(message, inner.c_str());
        case 'v':
            return read_variant(message, inner.c_str());
        default:
            throw sdbus::Error{sdbus::SDBUSCPP_ERROR_NAME, "unexpected end of a value"};
    }
}

}  // namespace

Json json_of(const sdbus::Variant& value) {
    if (value.isEmpty())
        return nullptr;
    auto message = sdbus::createPlainMessage();
    value.serializeTo(message);
    message.seal();
    message.rewind(true);
    return read_value(message);
}

std::string json_line(const Json& value) {
    return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

std::string json_document(const Json& value) {
    return value.dump(2, ' ', true, Json::error_handler_t::replace);
}

}  // namespace gamesched::client

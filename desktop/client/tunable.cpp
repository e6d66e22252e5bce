// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/tunable.h"

#include "desktop/client/text.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <format>
#include <string_view>

namespace gamesched::client {
namespace {

std::unexpected<Problem> not_a(std::string_view kind, const std::string& text) {
    return std::unexpected{
        Problem{kExitUsage, std::format("\"{}\" is not {}", printable(text), kind)}};
}

template <typename T>
Result<sdbus::Variant> number(const std::string& text, std::string_view kind) {
    T value{};
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end)
        return not_a(kind, text);
    return sdbus::Variant{value};
}

template <typename T>
Result<sdbus::Variant> integer(const std::string& text) {
    return number<T>(text, std::is_signed_v<T> ? "a whole number that fits"
                                               : "a whole number from 0 on that fits");
}

Result<sdbus::Variant> boolean(const std::string& text) {
    for (const std::string_view yes : std::array{"true", "yes", "on", "1"}) {
        if (text == yes)
            return sdbus::Variant{true};
    }
    for (const std::string_view no : std::array{"false", "no", "off", "0"}) {
        if (text == no)
            return sdbus::Variant{false};
    }
    return not_a("true or false", text);
}

}  // namespace

Result<sdbus::Variant> parse_value(const std::string& text, const sdbus::Variant& present) {
    const std::string_view type = present.peekValueType();
    if (type == "b")
        return boolean(text);
    if (type == "t")
        return integer<std::uint64_t>(text);
    if (type == "x")
        return integer<std::int64_t>(text);
    if (type == "u")
        return integer<std::uint32_t>(text);
    if (type == "i")
        return integer<std::int32_t>(text);
    if (type == "q")
        return integer<std::uint16_t>(text);
    if (type == "n")
        return integer<std::int16_t>(text);
    if (type == "y")
        return integer<std::uint8_t>(text);
    if (type == "d")
        return number<double>(text, "a number");
    if (type == "s")
        return sdbus::Variant{printable(text)};
    return std::unexpected{
        Problem{kExitRefused, std::format("this tunable has the type \"{}\", which this gamesched "
                                          "does not know",
                                          printable(type))}};
}

}  // namespace gamesched::client

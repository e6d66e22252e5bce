// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/text.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <format>

namespace gamesched::client {
namespace {

struct Character {
    char32_t code = 0;
    std::size_t length = 0;  // 0: not UTF-8
};

bool is_scalar(char32_t code) {
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    // sd-bus refuses messages with noncharacters, so they are treated as not UTF-8 here, too.
    const bool noncharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe;
    return code <= 0x10ffff && !surrogate && !noncharacter;
}

Character decode(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80)
        return {first, 1};

    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || bytes.size() < length)
        return {};

    char32_t code = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        code = (code << 6) | (byte(i) & 0x3fU);
    }
    constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[length] || !is_scalar(code))
        return {};
    return {code, length};
}

bool is_white(char32_t code) {
    return (code >= '\t' && code <= '\r') || code == 0x85 || code == 0x2028 || code == 0x2029;
}

// Control characters of both sets, and the format characters that reorder or hide text.
bool is_unprintable(char32_t code) {
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
           (code >= 0x202a && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) ||
           code == 0x061c || code == 0xfeff || (code >= 0xe0000 && code <= 0xe007f);
}

bool is_continuation(char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0) == 0x80;
}

std::tm local(WallTime time) {
    const std::time_t seconds =
        std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
}

int milliseconds(WallTime time) {
    const auto rest = time - std::chrono::floor<std::chrono::seconds>(time);
    return static_cast<int>(std::chrono::floor<std::chrono::milliseconds>(rest).count());
}

std::string formatted(const char* format, const std::tm& parts) {
    std::array<char, 64> buffer{};
    return {buffer.data(), std::strftime(buffer.data(), buffer.size(), format, &parts)};
}

}  // namespace

WallTime wall_now() {
    return std::chrono::floor<Usec>(std::chrono::system_clock::now());
}

std::string printable(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const Character character = decode(bytes);
        if (character.length == 0)
            text += "\ufffd";
        else if (is_white(character.code))
            text += ' ';
        else if (!is_unprintable(character.code))
            text += bytes.substr(0, character.length);
        bytes.remove_prefix(character.length == 0 ? 1 : character.length);
    }
    return text;
}

std::string clipped_bytes(std::string_view text, std::size_t limit) {
    if (text.size() <= limit)
        return std::string{text};
    while (limit > 0 && is_continuation(text[limit]))
        --limit;
    return std::string{text.substr(0, limit)};
}

std::string clipped_columns(std::string_view text, std::size_t limit) {
    if (columns(text) <= limit)
        return std::string{text};
    if (limit == 0)
        return {};
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end) {
        if (!is_continuation(text[end]) && ++characters == limit)
            break;
    }
    return std::string{text.substr(0, end)} + "…";
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        count += is_continuation(c) ? 0 : 1;
    return count;
}

std::string duration_text(Usec duration) {
    const std::int64_t seconds =
        duration.count() > 0 ? duration_cast<std::chrono::seconds>(duration).count() : 0;
    const std::int64_t minutes = seconds / 60;
    const std::int64_t hours = minutes / 60;
    if (minutes == 0)
        return std::format("{} s", seconds);
    if (hours == 0)
        return std::format("{} min {} s", minutes, seconds % 60);
    if (hours < 24)
        return std::format("{} h {} min", hours, minutes % 60);
    return std::format("{} d {} h", hours / 24, hours % 24);
}

std::string wait_text(Usec wait) {
    const std::int64_t usec = std::max<std::int64_t>(wait.count(), 0);
    const auto tenths = [](std::int64_t value, std::int64_t unit) {
        return std::format("{}.{}", value / unit, value % unit * 10 / unit);
    };
    if (usec < 1'000)
        return std::format("{} µs", usec);
    if (usec < 10'000)
        return tenths(usec, 1'000) + " ms";
    if (usec < 1'000'000)
        return std::format("{} ms", usec / 1'000);
    return tenths(usec, 1'000'000) + " s";
}

std::string time_of_day(WallTime time) {
    return std::format("{}.{:03}", formatted("%H:%M:%S", local(time)), milliseconds(time));
}

std::string timestamp(WallTime time) {
    const std::tm parts = local(time);
    std::string offset = formatted("%z", parts);
    offset.insert(offset.size() - 2, ":");  // RFC 3339 wants +01:00, strftime gives +0100
    return std::format("{}.{:03}{}", formatted("%Y-%m-%dT%H:%M:%S", parts), milliseconds(time),
                       offset);
}

}  // namespace gamesched::client

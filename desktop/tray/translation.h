// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the tray says, in the user's language: gettext. Sources write English; po/ has the rest.

#pragma once

#include <format>
#include <string>
#include <string_view>

#include <libintl.h>

namespace gamesched::tray {

inline constexpr char kTextDomain[] = "gamesched-tray";

inline const char* tr(const char* text) {
    return dgettext(kTextDomain, text);
}

// A translation is data. One that does not fit (msgfmt --check finds it) is shown as it is.
template <typename... Values>
std::string filled(std::string_view text, const Values&... values) {
    try {
        return std::vformat(text, std::make_format_args(values...));
    } catch (const std::format_error&) {
        return std::string(text);
    }
}

// std::format of a translated literal.
template <typename... Values>
std::string trf(std::format_string<const Values&...> text, const Values&... values) {
    // Of a view gettext cannot see the end.
    return filled(tr(std::string(text.get()).c_str()), values...);
}

// The one form or the other, and those that other languages have, with the number filled in.
inline std::string trn(const char* one, const char* many, unsigned long number) {
    return filled(dngettext(kTextDomain, one, many, number), number);
}

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What fuzzers have in common: an input as text, and what they expect of the code beyond that it
// does not crash. A fuzzer's own file says what its input is and what it holds to be true.

#pragma once

#include <glib.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace gamesched::fuzz {

// An expectation that is not met ends the fuzzer, which keeps the input.
inline void expect(bool met, const char* what, std::string_view about = {}) {
    if (met)
        return;
    std::fprintf(stderr, "fuzz: it does not hold that %s: \"%.*s\"\n", what,
                 static_cast<int>(about.size()), about.data());
    std::abort();
}

// Valid UTF-8 without control characters; told by GLib, so that printable() is not its own judge.
inline bool is_printable(std::string_view text) {
    if (!g_utf8_validate_len(text.data(), text.size(), nullptr))
        return false;
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at != end; at = g_utf8_next_char(at))
        if (g_unichar_iscntrl(g_utf8_get_char(at)))
            return false;
    return true;
}

// What people are shown, or what is on the bus or in the journal.
inline void expect_shown(std::string_view text, size_t limit) {
    expect(text.size() <= limit, "what is shown is bounded", text);
    expect(is_printable(text), "what is shown is printable", text);
}

}  // namespace gamesched::fuzz

// libFuzzer's entry. It gets every input.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size);

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/libbpf_log.h"

#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <cstdarg>
#include <cstdio>
#include <string_view>

namespace gamesched {
namespace {

constexpr size_t kMaxLine = 2048;

[[gnu::format(printf, 2, 0)]]
int log_message(libbpf_print_level level, const char* format, va_list arguments) noexcept {
    // A verifier's log is long, and its end says what is wrong.
    static char text[1 << 16];
    std::vsnprintf(text, sizeof(text), format, arguments);
    std::string_view line = text;
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.size() > kMaxLine)
        line.remove_prefix(line.size() - kMaxLine);
    spdlog::log(level == LIBBPF_WARN ? spdlog::level::warn : spdlog::level::debug, "{}", line);
    return 0;
}

}  // namespace

void log_libbpf() {
    libbpf_set_print(log_message);
}

}  // namespace gamesched

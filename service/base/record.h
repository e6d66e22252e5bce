// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Texts in the kernel's records (bpf/intf.h): fields of a fixed size whose bytes are somebody's
// choice. Pure.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "bpf/intf.h"
#include "service/base/proc_text.h"

namespace gamesched {

// As far as its 0, which may be missing.
template <size_t Size>
std::string text_of(const char (&field)[Size]) {
    return std::string(field, strnlen(field, Size));
}

// A launcher's command line.
inline std::vector<std::string> arguments_of(const gs_ev_launcher& event) {
    return split_arguments({event.args, std::min<size_t>(event.args_len, GS_ARGS_LEN)});
}

}  // namespace gamesched

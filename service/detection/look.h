// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Gathers from /proc what is known about a process. Never touches a file of anybody's: only what
// the kernel says about the process itself.

#pragma once

#include <optional>

#include "service/detection/facts.h"

namespace gamesched {

// How far up ancestors are looked at.
inline constexpr size_t kMaxAncestors = 24;

// Whether the process has a GPU's device open.
bool uses_gpu(pid_t pid);

// Nothing if there is no such process.
std::optional<Candidate> look_at(pid_t pid);

}  // namespace gamesched

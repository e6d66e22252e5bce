// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Gathers what is known about a process, from /proc and the kernel's iterators. Never touches a
// file of anybody's: only what the kernel says about the process itself.

#pragma once

#include <optional>

#include "service/detection/facts.h"
#include "service/detection/inspector.h"

namespace gamesched {

// How far up ancestors are looked at.
inline constexpr size_t kMaxAncestors = 24;

// Nothing if there is no such process. Its environment is not looked at; without an inspector it is
// not known whether it has a GPU open.
std::optional<Candidate> look_at(pid_t pid, const Inspector* inspector);

}  // namespace gamesched

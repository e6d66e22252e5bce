// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// libbpf's messages go to our log: warnings as such, the rest at debug level. Loading problems are
// also returned as errors.

#pragma once

namespace gamesched {

void log_libbpf();

}  // namespace gamesched

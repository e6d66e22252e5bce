// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched stats: prints counters and histograms once, or again and again as a subscriber, over
// restarts of the service.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int show(const StatsCommand& command);

}  // namespace gamesched::client

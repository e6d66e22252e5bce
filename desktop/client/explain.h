// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched explain: asks the service about a thread, or about each of a process.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int explain(const ExplainCommand& command);

}  // namespace gamesched::client

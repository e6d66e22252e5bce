// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched top: what the service does, in the whole terminal, until a key ends it; over restarts
// of the service. Draws when something was told or typed and has no timer: the service's is the
// only one.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int top(const TopCommand& command);

}  // namespace gamesched::client

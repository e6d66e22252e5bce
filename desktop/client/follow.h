// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched events: prints the service's signals until interrupted, over restarts of the service.
// It does not start the service: subscribing to signals does not.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int follow(const EventsCommand& command);

}  // namespace gamesched::client

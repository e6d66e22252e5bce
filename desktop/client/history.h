// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched report: games that have ended.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int show(const ReportCommand& command);

}  // namespace gamesched::client

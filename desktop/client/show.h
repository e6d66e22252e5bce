// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The commands that only read: status, games, why, doctor.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int show(const StatusCommand& command);
int show(const GamesCommand& command);
int show(const WhyCommand& command);
int show(const DoctorCommand& command);

}  // namespace gamesched::client

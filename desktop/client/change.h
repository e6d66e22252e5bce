// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The commands that change something: register, unregister, mode, profile, tune, reload, restart.
// Without anything to change, mode, profile and tune show what is.

#pragma once

#include "desktop/client/options.h"

namespace gamesched::client {

int change(const RegisterCommand& command);
int change(const UnregisterCommand& command);
int change(const ModeCommand& command);
int change(const ProfileCommand& command);
int change(const TuneCommand& command);
int change(const ReloadCommand& command);
int change(const RestartCommand& command);

}  // namespace gamesched::client

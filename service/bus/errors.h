// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Core errors as named D-Bus errors: the one place that maps them.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include "service/base/error.h"

namespace gamesched {

sdbus::Error to_wire(const Error& error);

}  // namespace gamesched

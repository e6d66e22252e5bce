// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Users' names, as the system knows them.

#pragma once

#include <cstdint>
#include <string>

namespace gamesched::client {

// Printable; the number if there is no such user.
std::string user_name(std::uint32_t uid);

}  // namespace gamesched::client

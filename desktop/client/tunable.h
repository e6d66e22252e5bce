// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A tunable's value, from what people type. Pure.

#pragma once

#include "desktop/client/problem.h"

#include <sdbus-c++/sdbus-c++.h>

#include <string>

namespace gamesched::client {

// `text` as a value of the same type as `present`; what is not one is wrong usage. Booleans: true,
// yes, on, 1 and false, no, off, 0.
Result<sdbus::Variant> parse_value(const std::string& text, const sdbus::Variant& present);

}  // namespace gamesched::client

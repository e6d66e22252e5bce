// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Measurements on the bus: a{sv}, and what is in them. Written as they are: a tree of
// sdbus::Variants would be copied once for each of its levels.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>
#include <map>
#include <string>

#include "service/stats/measurements.h"

template <>
struct sdbus::signature_of<gamesched::Histogram::Bucket>
    : sdbus::signature_of<sdbus::Struct<uint64_t, uint64_t>> {};
template <>
struct sdbus::signature_of<gamesched::Measurements>
    : sdbus::signature_of<std::map<std::string, sdbus::Variant>> {};

namespace gamesched {

inline sdbus::Message& operator<<(sdbus::Message& message, const Histogram::Bucket& bucket) {
    return (message.openStruct("tt") << bucket.end_usec << bucket.count).closeStruct();
}

// For what sdbus-c++'s generated code passes on.
std::map<std::string, sdbus::Variant> on_bus(const Measurements& measurements);

}  // namespace gamesched

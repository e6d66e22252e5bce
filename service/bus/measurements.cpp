// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/measurements.h"

#include <variant>

namespace gamesched {

std::map<std::string, sdbus::Variant> on_bus(const Measurements& measurements) {
    std::map<std::string, sdbus::Variant> dictionary;
    for (const auto& [name, measured] : measurements)
        dictionary[name] =
            std::visit([](const auto& value) { return sdbus::Variant(value); }, measured);
    return dictionary;
}

}  // namespace gamesched

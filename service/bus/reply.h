// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Answers that outlive their handler: results are move-only, callbacks are copied, so they share one owner.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>

namespace gamesched {

template <typename... Values>
using Reply = std::shared_ptr<sdbus::Result<Values...>>;

template <typename... Values>
Reply<Values...> keep(sdbus::Result<Values...>&& result) {
    return std::make_shared<sdbus::Result<Values...>>(std::move(result));
}

}  // namespace gamesched

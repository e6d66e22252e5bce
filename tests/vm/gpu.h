// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A GPU without a screen: the kernel's module vgem. Children may use it.

#pragma once

#include <cstdint>

#include "service/base/fd.h"

namespace gamesched::test {

class Gpu {
  public:
    // Throws std::runtime_error.
    Gpu();

    // Gives it something to do, of which it is done at once. Ends the process if it takes nothing.
    void work() const;

  private:
    Fd card_;
    uint32_t buffer_ = 0;
};

}  // namespace gamesched::test

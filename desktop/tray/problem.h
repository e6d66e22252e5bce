// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Why the service did not do what was chosen in the menu, as a sentence that says what to do. Pure.

#pragma once

#include <string>

namespace gamesched::tray {

struct CallError {
    std::string name;  // of the bus; empty for what went wrong on our side
    std::string message;
};

std::string sentence_of(const CallError& error);

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/user.h"

#include "desktop/client/text.h"

#include <array>

#include <pwd.h>

namespace gamesched::client {

std::string user_name(std::uint32_t uid) {
    std::array<char, 4096> buffer{};
    struct passwd entry{};
    struct passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found != nullptr ? printable(found->pw_name) : std::to_string(uid);
}

}  // namespace gamesched::client

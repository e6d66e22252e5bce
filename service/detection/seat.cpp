// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/seat.h"

#include <systemd/sd-login.h>
#include <unistd.h>

namespace gamesched {

bool is_seated(uid_t user) {
    constexpr int kInTheForegroundOrNot = 0;
    // Made by logind when it starts; see sd_uid_get_seats(3).
    constexpr char kSeats[] = "/run/systemd/seats";
    return user == 0 || access(kSeats, F_OK) != 0 ||
           sd_uid_get_seats(user, kInTheForegroundOrNot, nullptr) > 0;
}

}  // namespace gamesched

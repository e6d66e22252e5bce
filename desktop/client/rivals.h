// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Programs that steer scheduling beside gamesched: what each does that concerns it. Pure.

#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gamesched::client {

struct Rival {
    std::string_view program;
    std::string_view conflict;  // a predicate: "sets nice values …"
    bool works_against_us = true;
    std::array<std::string_view, 2> units;  // of systemd, that run it
};

// Null if it is none of them. `process`: the name of a process as the kernel has it, cut at 15
// characters.
const Rival* find_rival(std::string_view process);

// Whether a process of that name, cut or not, runs `program`.
bool is_name_of(std::string_view process, std::string_view program);

// A process that runs one of them.
struct RivalProcess {
    const Rival* rival = nullptr;
    std::uint32_t pid = 0;
    std::string name;
    std::string unit;       // of the system that it belongs to; empty if to none
    std::string user_unit;  // of a user's session that it belongs to; empty if to none
};

// The command that ends it and keeps it from coming back; "kill PID" if no unit of its own runs it.
std::string end_command(const RivalProcess& process);

}  // namespace gamesched::client

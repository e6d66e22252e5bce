// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched doctor` knows when it judges: this machine, its buses, this process's session and
// what else runs, as an ordinary user can see it. Every string in here is printable.

#pragma once

#include "desktop/client/problem.h"
#include "desktop/client/rivals.h"
#include "desktop/client/snapshot.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gamesched::client {

struct KernelFacts {
    std::string release;
    bool has_sched_ext = false;
    std::string ops;  // name of the attached scheduler; empty if none
    bool has_btf = false;
};

// A name on a bus.
struct NameFacts {
    bool is_owned = false;
    std::string owner;            // name of the process that has it; empty if it cannot be seen
    bool is_activatable = false;  // the bus starts somebody for it
};

struct ServiceFacts {
    bool was_running = false;        // before it was asked, which starts it
    std::optional<Problem> problem;  // why the rest is not known
    ManagerView manager;
    SchedulerView scheduler;
};

// Polkit's answer to whether this process may register games.
enum class Permission { kUnknown, kGranted, kPassword, kRefused };

struct PolkitFacts {
    NameFacts name;
    Permission permission = Permission::kUnknown;
    std::string error;  // the answer, if it was one
};

// The login session that polkit takes this process for a part of.
struct LoginFacts {
    std::string session;  // empty if there is none
    bool is_active = false;
    bool has_seat = false;
    bool is_remote = false;
};

struct SystemBusFacts {
    PolkitFacts polkit;
    NameFacts power_profiles;
};

struct SessionBusFacts {
    NameFacts gamemode;
    std::string gamemode_program;  // what the bus starts for the name; empty if it cannot be seen
    NameFacts portal;
    std::optional<std::uint32_t> gamemode_portal;  // version of that interface of a running portal
};

struct Facts {
    std::string version;  // of this client
    bool is_root = false;
    KernelFacts kernel;
    ServiceFacts service;
    std::optional<SystemBusFacts> system_bus;  // absent where there is none
    LoginFacts login;
    std::optional<SessionBusFacts> session_bus;  // absent where there is none
    bool has_libgamemode = false;
    bool sees_all_processes = false;
    std::vector<RivalProcess> rivals;
};

// Starts gameschedd and polkit if they do not run, as every use of them does, and nothing else.
Facts gather_facts();

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/rivals.h"

#include <gtest/gtest.h>

namespace gamesched::client {
namespace {

TEST(ClientRivals, AreKnownByTheNameThatTheKernelHas) {
    for (const char* name : {"ananicy-cpp", "ananicy", "system76-schedu", "falcond", "gamemoded",
                             "scx_loader", "uresourced", "scx_lavd", "scx_bpfland"})
        ASSERT_NE(find_rival(name), nullptr) << name;
    for (const char* name : {"", "ananicy-cp", "system76", "gamesched", "sched_ext_helpe", "scx"})
        EXPECT_EQ(find_rival(name), nullptr) << name;
    EXPECT_EQ(find_rival("system76-schedu")->program, "system76-scheduler");
    EXPECT_EQ(find_rival("scx_loader")->program, "scx_loader") << "it is no scheduler";
}

RivalProcess process(const char* name) {
    return {.rival = find_rival(name), .pid = 42, .name = name};
}

TEST(ClientRivals, AreEndedByTheUnitThatRunsThem) {
    RivalProcess ananicy = process("ananicy-cpp");
    ananicy.unit = "ananicy-cpp.service";
    EXPECT_EQ(end_command(ananicy), "systemctl disable --now ananicy-cpp.service");

    RivalProcess gamemoded = process("gamemoded");
    gamemoded.unit = "user@1000.service";
    gamemoded.user_unit = "gamemoded.service";
    EXPECT_EQ(end_command(gamemoded), "systemctl --user disable --now gamemoded.service");

    RivalProcess lavd = process("scx_lavd");
    for (const char* unit : {"scx.service", "scx_loader.service"}) {
        lavd.unit = unit;
        EXPECT_EQ(end_command(lavd), std::string("systemctl disable --now ") + unit);
    }
}

TEST(ClientRivals, InSomebodyElsesUnitAreEndedAlone) {
    RivalProcess ananicy = process("ananicy-cpp");
    EXPECT_EQ(end_command(ananicy), "kill 42");
    ananicy.unit = "session-2.scope";
    EXPECT_EQ(end_command(ananicy), "kill 42");
    ananicy.unit = "user@1000.service";
    ananicy.user_unit = "app-terminal.service";
    EXPECT_EQ(end_command(ananicy), "kill 42");
}

}  // namespace
}  // namespace gamesched::client

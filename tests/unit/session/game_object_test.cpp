// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/game_object.h"

#include <gtest/gtest.h>

namespace gamesched::session {
namespace {

TEST(SessionGameObject, ItsPathHasItsPid) {
    EXPECT_EQ(path_of_game(4711), "/com/feralinteractive/GameMode/Games/4711");
    EXPECT_EQ(pid_of_path(path_of_game(4711)), 4711);
}

TEST(SessionGameObject, OtherPathsHaveNone) {
    for (const char* path :
         {"", "/", "/com/feralinteractive/GameMode/Games", "/com/feralinteractive/GameMode/Games/",
          "/com/feralinteractive/GameMode/Games/x", "/com/feralinteractive/GameMode/Games/1x",
          "/com/feralinteractive/GameMode/Games/1/2", "/com/feralinteractive/GameMode/Gamesx1"})
        EXPECT_EQ(pid_of_path(path), std::nullopt) << path;
}

}  // namespace
}  // namespace gamesched::session

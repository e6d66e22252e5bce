// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What org.gamesched1.Manager.Why and org.gamesched1.Game.Evidence say: pure.

#pragma once

#include <sdbus-c++/Types.h>

#include <map>
#include <string>
#include <vector>

#include "service/detection/judge.h"

namespace gamesched {

using EvidenceOnBus = std::vector<sdbus::Struct<int32_t, std::string>>;

EvidenceOnBus evidence_of(const Judgement& judgement);

// Without the game's object, which is the caller's to add.
std::map<std::string, sdbus::Variant> describe(const Judgement& judgement);

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Is this process a game? Weighs evidence and says which. Pure: judges what it is given, and may be
// asked again when more is known.
//
// Each piece of evidence has a weight; with kEnough together a process is a game. One that is known
// by name to be something else is none, whatever the evidence. Rules of the administrator come
// before all of that.

#pragma once

#include <string>
#include <vector>

#include "service/detection/entries.h"
#include "service/detection/facts.h"
#include "service/detection/programs.h"
#include "service/detection/rules.h"

namespace gamesched {

enum class Verdict {
    kGame,
    kUndecided,  // more evidence may make it one: a GPU, threads, memory
    kNoGame,
};

struct Evidence {
    int weight = 0;
    std::string what;  // a sentence
};

struct Judgement {
    static constexpr int kEnough = 100;

    pid_t pid = 0;  // whom it is about
    Verdict verdict = Verdict::kNoGame;
    bool ignored = false;  // a rule says so, or its user is not here
    bool gpu = false;      // it uses one
    bool script = false;   // of a shell, say
    ProgramKind kind = ProgramKind::kUnknown;
    std::vector<Evidence> evidence;
    std::string name;  // what people call it, as far as that can be known
    bool named_by_rule = false;
    std::string app_id;      // Steam's; empty if there is none
    std::string profile;     // from a rule; empty: none
    std::string executable;  // as rules compare it; empty if that tells nothing
    // The process that the game's tree begins with: itself, or the outermost of its wrappers.
    pid_t root = 0;
    uint64_t root_start_time = 0;  // in clock ticks since boot

    int weight() const;  // of all evidence

    // Of two games in one tree, whether this one rather than the other is what people mean: what
    // draws comes before what starts it.
    bool is_better_than(const Judgement& other) const;
};

struct Knowledge {
    const DesktopEntries& entries;
    const Rules& rules;
};

Judgement judge(const Candidate& candidate, const Knowledge& knowledge);

}  // namespace gamesched

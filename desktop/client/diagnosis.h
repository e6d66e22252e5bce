// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What `gamesched doctor` makes of its facts: what works, what does not, and what to do. Pure.

#pragma once

#include "desktop/client/doctor_facts.h"
#include "desktop/client/json.h"
#include "desktop/client/report.h"

#include <string>
#include <vector>

namespace gamesched::client {

// Note: good to know; what its remedy says is a choice. Warn: something works less well than it
// could, or not from here. Bad: gamesched does not do what it is for.
enum class Verdict { kOk, kNote, kWarn, kBad };

struct Finding {
    Verdict verdict = Verdict::kOk;
    std::string name;    // of the check; stays the same over versions
    std::string what;    // a sentence
    std::string remedy;  // a command or a sentence; empty if there is nothing to do
};

using Findings = std::vector<Finding>;

// In the order in which to read and to mend them.
Findings diagnose(const Facts& facts);

bool is_any_bad(const Findings& findings);

// "VERDICT  NAME  WHAT", a line "→ REMEDY" below where there is one, and a last line that counts.
Lines findings_page(const Findings& findings, const Emphasis& emphasis);

// {"Findings":[{"Verdict","Name","What","Remedy"},…]}
Json findings_json(const Findings& findings);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/judgement.h"

#include "service/base/process.h"

namespace gamesched {
namespace {

constexpr size_t kMaxTextBytes = 512;

const char* to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kGame:
            return "game";
        case Verdict::kUndecided:
            return "undecided";
        case Verdict::kNoGame:
            return "none";
    }
    return "";
}

const char* to_string(ProgramKind kind) {
    switch (kind) {
        case ProgramKind::kUnknown:
            return "unknown";
        case ProgramKind::kLauncher:
            return "launcher";
        case ProgramKind::kWrapper:
            return "wrapper";
        case ProgramKind::kHelper:
            return "helper";
        case ProgramKind::kRunner:
            return "runner";
        case ProgramKind::kTool:
            return "tool";
    }
    return "";
}

sdbus::Variant text(const std::string& value) {
    return sdbus::Variant(printable(value, kMaxTextBytes));
}

}  // namespace

EvidenceOnBus evidence_of(const Judgement& judgement) {
    EvidenceOnBus list;
    for (const Evidence& evidence : judgement.evidence)
        list.emplace_back(int32_t{evidence.weight}, printable(evidence.what, kMaxTextBytes));
    return list;
}

std::map<std::string, sdbus::Variant> describe(const Judgement& judgement) {
    return {{"Pid", sdbus::Variant(static_cast<uint32_t>(judgement.pid))},
            {"Root", sdbus::Variant(static_cast<uint32_t>(judgement.root))},
            {"Verdict", sdbus::Variant(std::string(to_string(judgement.verdict)))},
            {"Kind", sdbus::Variant(std::string(to_string(judgement.kind)))},
            {"Name", text(judgement.name)},
            {"AppId", text(judgement.app_id)},
            {"Profile", text(judgement.profile)},
            {"Executable", text(judgement.executable)},
            {"Weight", sdbus::Variant(int32_t{judgement.weight()})},
            {"Enough", sdbus::Variant(int32_t{Judgement::kEnough})},
            {"Evidence", sdbus::Variant(evidence_of(judgement))}};
}

}  // namespace gamesched

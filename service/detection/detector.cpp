// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/detector.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "service/base/process.h"
#include "service/detection/look.h"
#include "service/detection/programs.h"

namespace gamesched {
namespace {

using namespace std::chrono_literals;

// When somebody is looked at again, each from the look before. What a game is to have, it has by
// then.
constexpr std::array<std::chrono::microseconds, 4> kLooks = {1s, 4s, 15s, 60s};

// Programs that run others of which the kernel does not see the names.
constexpr std::array kRunners = {"wine", "wine64", "wine-preloader", "wine64-preloader", "java"};

}  // namespace

Detector::Detector(Loop& loop, Tracker& tracker) : loop_(loop), tracker_(tracker) {
    tracker_.set_judges({
        .judge = [this](pid_t pid) { return judge(pid); },
        .candidate = [this](const gs_ev_candidate& event) { on_candidate(event); },
        .scan = [this] { scan(); },
    });
}

void Detector::set_enabled(bool enabled) {
    enabled_ = enabled;
    if (!enabled)
        undecided_.clear();
}

std::vector<std::string> Detector::programs() const {
    std::vector<std::string> names = entries_.game_programs();
    for (const std::string& name : rules_.executables())
        names.push_back(name);
    for (const char* name : kRunners)
        names.emplace_back(name);
    return names;
}

std::optional<Judgement> Detector::judge(pid_t pid, bool opens_gpu) const {
    auto candidate = look_at(pid);
    if (!candidate)
        return std::nullopt;
    candidate->self.gpu |= opens_gpu;
    return gamesched::judge(*candidate, {entries_, rules_});
}

void Detector::on_candidate(const gs_ev_candidate& event) {
    const auto pid = static_cast<pid_t>(event.pid);
    // It is told before the descriptor can be seen.
    const bool opens_gpu = event.reason == GS_CANDIDATE_GPU;
    if (event.tree != 0)
        look_at_member(pid, event.tree, opens_gpu);
    else if (enabled_)
        look(pid, opens_gpu);
}

void Detector::look(pid_t pid, bool opens_gpu) {
    auto node = undecided_.extract(pid);
    const uint64_t start_time = start_time_of(pid).value_or(0);
    Undecided undecided = node.empty() ? Undecided() : std::move(node.mapped());
    if (undecided.start_time != start_time)
        undecided = {.start_time = start_time, .opens_gpu = false, .looks = 0, .timer = Source()};
    undecided.opens_gpu |= opens_gpu;
    const auto judgement = judge(pid, undecided.opens_gpu);
    if (!judgement || judgement->verdict == Verdict::kNoGame)
        return;
    if (judgement->verdict == Verdict::kGame) {
        tracker_.start_judged(*judgement);
        return;
    }
    look_again(pid, std::move(undecided));
}

void Detector::look_again(pid_t pid, Undecided undecided) {
    if (undecided.looks == kLooks.size() || undecided_.size() >= kMaxUndecided)
        return;
    undecided.timer = loop_.after(kLooks[undecided.looks++], [this, pid] { look(pid, false); });
    undecided_[pid] = std::move(undecided);
}

// What the kernel would have told, had we been there.
void Detector::scan() {
    if (!enabled_)
        return;
    const std::vector<std::string> known = programs();
    for (const pid_t pid : all_processes()) {
        const std::string program = executable_of(pid);
        const bool worth = is_typical_of_games(program) ||
                           std::ranges::contains(known, comm_of(pid)) ||
                           std::ranges::contains(known, base_name(program));
        // Later on it is enough that opening one is told.
        const bool draws = !worth && !scanned_ && !program.empty() && uses_gpu(pid);
        if ((worth || draws) && !tracker_.find_by_process(pid))
            look(pid, draws);
    }
    scanned_ = true;
}

// The game is what draws, not what starts it: as its tree grows, it gets its name.
void Detector::look_at_member(pid_t pid, uint64_t tree, bool opens_gpu) {
    if (const auto judgement = judge(pid, opens_gpu);
        judgement && judgement->verdict == Verdict::kGame)
        tracker_.name_judged(tree, *judgement);
}

}  // namespace gamesched

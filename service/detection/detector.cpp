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

// How long candidates are let be when there were too many.
constexpr auto kRest = 5s;

// Programs that run others of which the kernel does not see the names.
constexpr std::array kRunners = {"wine", "wine64", "wine-preloader", "wine64-preloader", "java"};

}  // namespace

Detector::Detector(Loop& loop, Tracker& tracker, bool sees_processes)
    : loop_(loop), tracker_(tracker) {
    if (sees_processes) {
        auto inspector = Inspector::create();
        if (inspector)
            inspector_ = std::move(*inspector);
        else
            spdlog::warn("detection: {}: environments and open GPUs are no evidence",
                         inspector.error().message);
    }
    tracker_.set_judges({
        .judge = [this](pid_t pid) { return judge(pid); },
        .candidate = [this](const gs_ev_candidate& event) { on_candidate(event); },
        .muted = [this] { on_muted(); },
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
    auto candidate = look_at(pid, inspector_.get());
    if (!candidate)
        return std::nullopt;
    candidate->self.gpu |= opens_gpu;
    candidate->is_seated |= remote_users_;
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

// Somebody starts so many that the kernel has stopped telling. Who is still there when that is over
// is looked at then.
void Detector::on_muted() {
    if (!enabled_ || scan_later_)
        return;
    spdlog::warn("detection: more programs that may be games than are looked at; again in {} s",
                 kRest.count());
    scan_later_ = loop_.after(kRest, [this] {
        scan_later_.reset();
        scan();
    });
}

void Detector::look(pid_t pid, bool opens_gpu) {
    auto node = undecided_.extract(pid);
    const uint64_t start_time = start_time_of(pid).value_or(0);
    Undecided undecided = node.empty() ? Undecided() : std::move(node.mapped());
    if (undecided.start_time != start_time)
        undecided = {};
    const auto status = status_of(pid);
    undecided.start_time = start_time;
    undecided.user = status ? status->user : 0;
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
    if (undecided.looks == kLooks.size() || !has_room_for(undecided.user))
        return;
    undecided.timer = loop_.after(kLooks[undecided.looks++], [this, pid] { look(pid, false); });
    undecided_[pid] = std::move(undecided);
}

bool Detector::has_room_for(uid_t user) const {
    const auto own = std::ranges::count_if(
        undecided_, [&](const auto& entry) { return entry.second.user == user; });
    return undecided_.size() < kMaxUndecided && static_cast<size_t>(own) < kMaxUndecidedOfUser;
}

// What the kernel would have told, had we been there.
void Detector::scan() {
    if (!enabled_)
        return;
    const std::vector<std::string> known = programs();
    // Later on it is enough that opening one is told.
    const std::set<pid_t> drawing =
        scanned_ || !inspector_ ? std::set<pid_t>() : inspector_->gpu_users();
    for (const pid_t pid : all_processes()) {
        const std::string program = executable_of(pid);
        const bool worth = is_typical_of_games(program) ||
                           std::ranges::contains(known, comm_of(pid)) ||
                           std::ranges::contains(known, base_name(program));
        const bool draws = !program.empty() && drawing.contains(pid);
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

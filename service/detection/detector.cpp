// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/detector.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "service/base/process.h"
#include "service/base/record.h"
#include "service/detection/look.h"
#include "service/detection/programs.h"
#include "service/detection/seat.h"

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
        .may_be_found = [this](uid_t user) { return may_be_found(user); },
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

bool Detector::may_be_found(uid_t user) const {
    return remote_users_ || is_seated(user);
}

std::optional<Judgement> Detector::judge(pid_t pid) const {
    Told told;
    if (const auto undecided = undecided_.find(pid);
        undecided != undecided_.end() && undecided->second.start_time == start_time_of(pid))
        told = undecided->second.told;
    const Game* game = tracker_.find_by_process(pid);
    if (const Judgement* known = game ? tracker_.judgement_of(game->id) : nullptr;
        known && known->pid == pid)
        told = {.opens_gpu = known->gpu, .steam_app_id = known->app_id};
    return judge(pid, told);
}

std::optional<Judgement> Detector::judge(pid_t pid, const Told& told) const {
    auto candidate = look_at(pid, inspector_.get());
    if (!candidate)
        return std::nullopt;
    candidate->self.gpu |= told.opens_gpu;
    candidate->self.steam_app_id = told.steam_app_id;
    candidate->is_seated = may_be_found(candidate->self.user);
    return gamesched::judge(*candidate, {entries_, rules_});
}

void Detector::on_candidate(const gs_ev_candidate& event) {
    const auto pid = static_cast<pid_t>(event.pid);
    const Told told = {// It is told before the descriptor can be seen.
                       .opens_gpu = event.reason == GS_CANDIDATE_GPU,
                       .steam_app_id = text_of(event.app_id)};
    if (event.tree != 0)
        look_at_member(pid, event.tree, told);
    else if (enabled_)
        look(pid, told);
}

// Somebody starts so many that the kernel has stopped telling. Who is still there when that is over
// is looked at then.
void Detector::on_muted() {
    muted_again_ = static_cast<bool>(scan_later_);
    if (muted_again_)
        return;
    spdlog::warn("detection: more programs that may be games than are looked at; again in {} s",
                 kRest.count());
    scan_later_ = loop_.after(kRest, [this] {
        scan_later_.reset();
        scanned_ = false;  // what opened a GPU meanwhile was not told
        tracker_.catch_up();
        if (std::exchange(muted_again_, false))
            on_muted();
    });
}

void Detector::look(pid_t pid, const Told& told) {
    auto node = undecided_.extract(pid);
    const uint64_t start_time = start_time_of(pid).value_or(0);
    Undecided undecided = node.empty() ? Undecided() : std::move(node.mapped());
    if (undecided.start_time != start_time)
        undecided = {};
    const auto status = status_of(pid);
    undecided.start_time = start_time;
    undecided.user = status ? status->user : 0;
    undecided.told.opens_gpu |= told.opens_gpu;
    if (!told.steam_app_id.empty())
        undecided.told.steam_app_id = told.steam_app_id;
    const auto judgement = judge(pid, undecided.told);
    if (!judgement || judgement->verdict == Verdict::kNoGame || start_time_of(pid) != start_time)
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
    undecided.timer = loop_.after(kLooks[undecided.looks++], [this, pid] { look(pid, {}); });
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
    std::map<uid_t, size_t> looks;
    for (const pid_t pid : all_processes()) {
        const std::string program = executable_of(pid);
        const bool worth = is_typical_of_games(program) ||
                           std::ranges::contains(known, comm_of(pid)) ||
                           std::ranges::contains(known, base_name(program));
        const bool draws = !program.empty() && drawing.contains(pid);
        const auto status = worth || draws ? status_of(pid) : std::nullopt;
        if (!status || tracker_.find_by_process(pid))
            continue;
        // A look is not cheap, and somebody may have thousands of processes of such names.
        if (++looks[status->user] <= kMaxUndecidedOfUser)
            look(pid, {.opens_gpu = draws, .steam_app_id = ""});
    }
    scanned_ = true;
}

// The game is what draws, not what starts it: as its tree grows, it gets its name.
void Detector::look_at_member(pid_t pid, uint64_t tree, const Told& told) {
    if (const auto judgement = judge(pid, told); judgement && judgement->verdict == Verdict::kGame)
        tracker_.name_judged(tree, *judgement);
}

}  // namespace gamesched

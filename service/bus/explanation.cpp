// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/explanation.h"

#include <array>
#include <format>

#include "bpf/histogram.h"
#include "bpf/roles.h"
#include "service/base/clock.h"
#include "service/bus/game.h"
#include "service/stats/measurements.h"

namespace gamesched {
namespace {

// enum gs_role
constexpr std::array<const char*, GS_NR_ROLES> kFacts = {
    "",
    "woken by a thread with a role",
    "woken by a page flip",
    "gave work to the GPU",
    "woken by the end of an audio period",
    "woken by an input event",
};

uint64_t usec(uint64_t ns) {
    return ns / kNsPerUsec;
}

sdbus::Variant variant(uint64_t value) {
    return sdbus::Variant(value);
}

const char* class_of(const ThreadFacts& facts) {
    if (facts.realtime)
        return "realtime";
    if (facts.thread.kernel != 0)
        return "kernel";
    if (facts.tree != 0)
        return "game";
    return facts.thread.task_class == GS_CLASS_GAME ? "session" : "other";
}

void add_role(std::map<std::string, sdbus::Variant>& answer, const ThreadFacts& facts) {
    const gs_thread& thread = facts.thread;
    const bool live = gs_role_is_live(thread.role, thread.fact_at, facts.now_ns);
    const uint32_t role = live ? thread.role : thread.session;
    answer["Role"] = sdbus::Variant(std::string(name_of_role(role)));
    if (role == GS_ROLE_NONE)
        return;
    if (!live) {
        answer["Fact"] =
            sdbus::Variant(std::string("its process is one of the session's, by name"));
        return;
    }
    std::string fact = kFacts.at(role);
    if (role == GS_ROLE_CHAIN) {
        fact = std::format("woken by thread {}, which has, or inherits, the role {}",
                           thread.fact_tid, name_of_role(thread.root));
        answer["FactTid"] = sdbus::Variant(thread.fact_tid);
        answer["Distance"] = sdbus::Variant(thread.distance);
    }
    answer["Fact"] = sdbus::Variant(fact);
    answer["FactAgeUSec"] = variant(usec(gs_since(facts.now_ns, thread.fact_at)));
}

}  // namespace

std::map<std::string, sdbus::Variant> explain(const ThreadFacts& facts, const gs_tunables& tunables,
                                              const Game* game) {
    const gs_thread& thread = facts.thread;
    const uint64_t since = gs_since(facts.now_ns, thread.used_at);
    const uint64_t used = gs_use_after(thread.used, since);
    std::map<std::string, sdbus::Variant> answer = {
        {"Class", sdbus::Variant(std::string(class_of(facts)))},
        {"BudgetUSec", variant(usec(gs_budget(&tunables, thread.task_class, thread.rank, used)))},
        {"UsedUSec", variant(usec(gs_use_after(thread.ran, since)))},
        {"Weight", sdbus::Variant(thread.weight)},
        {"LastCpu", sdbus::Variant(thread.cpu)},
        {"Waits", variant(thread.nr_waits)},
        {"WaitP50USec", variant(gs_percentile_usec(thread.waits, 500))},
        {"WaitP99USec", variant(gs_percentile_usec(thread.waits, 990))},
        {"WaitMaxUSec", variant(usec(thread.max_wait_ns))},
        {"WaitingUSec",
         variant(thread.wait_from != 0 ? usec(gs_since(facts.now_ns, thread.wait_from)) : 0)},
        {"Preempted", variant(thread.preempted)},
        {"Preempts", variant(thread.preempts)},
    };
    add_role(answer, facts);
    if (thread.task_class == GS_CLASS_GAME && thread.rank == GS_RANK_BEHIND)
        answer["Behind"] = sdbus::Variant(true);
    if (game) {
        answer["Game"] = sdbus::Variant(path_of_game(game->id));
        answer["GameName"] = sdbus::Variant(game->name);
    }
    return answer;
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/explanation.h"

#include "desktop/client/table.h"

#include <algorithm>
#include <array>
#include <format>
#include <functional>
#include <string_view>
#include <tuple>

namespace gamesched::client {
namespace {

using namespace std::chrono_literals;
using Align = Table::Align;

constexpr std::size_t kLabelWidth = 13;
constexpr std::size_t kIndent = 2;

// A frame at 240 Hz lasts 4.2 ms: waits of this length are seen. What lasts a quarter of it is not.
constexpr Usec kLong = 4ms;
constexpr Usec kShort = 1ms;
constexpr Usec kOutlier = 16ms;  // a whole frame at 60 Hz
constexpr std::uint64_t kFewWaits = 100;
constexpr std::uint64_t kWaitsPerPreemption = 10;

struct Meaning {
    std::string_view word;
    std::string_view meaning;
};

constexpr std::array kClasses{
    Meaning{"game", "part of a game, which goes before others"},
    Meaning{"session", "part of the session that shows the game"},
    Meaning{"kernel", "the kernel's own"},
    Meaning{"realtime", "runs before everything that gamesched schedules"},
    Meaning{"other", "neither a game's nor its session's"},
};

std::string labelled(std::string_view label, const std::string& text) {
    return std::format("{:<{}}{}", label, kLabelWidth, text);
}

std::string with_meaning(const std::string& word) {
    const auto known = std::ranges::find(kClasses, word, &Meaning::word);
    return known == kClasses.end() ? word : std::format("{}: {}", word, known->meaning);
}

std::string times(std::uint64_t count) {
    return std::format("{} {}", count, count == 1 ? "time" : "times");
}

bool has_role(const ThreadView& thread) {
    return !thread.role.empty() && thread.role != "none";
}

std::string game_line(const ThreadView& thread) {
    return labelled("Game", thread.game.empty()
                                ? "none"
                                : std::format("\"{}\", {}", thread.game_name, thread.game));
}

Lines role_lines(const ThreadView& thread) {
    if (!has_role(thread))
        return {labelled("Role", "none: nothing that it has done makes it more urgent")};
    std::string text = thread.role;
    if (!thread.fact.empty())
        text += ": " + thread.fact;
    if (thread.fact_age)
        text += std::format(", {} ago", wait_text(*thread.fact_age));
    Lines lines{labelled("Role", text)};
    if (thread.role == "chain")
        lines.push_back(labelled(
            "", std::format("woken by thread {}; {} from the critical thread", thread.fact_tid,
                            thread.distance == 1 ? "one wake-up"
                                                 : std::format("{} wake-ups", thread.distance))));
    return lines;
}

std::string waits_line(const ThreadView& thread) {
    if (thread.waits == 0)
        return labelled("Waits", "none since the scheduler was attached");
    return labelled("Waits", std::format("{}: half of them up to {}, 99 of 100 up to {}, the "
                                         "longest {}",
                                         thread.waits, wait_text(thread.median),
                                         wait_text(thread.p99), wait_text(thread.longest)));
}

std::string why_it_waits(const ThreadView& thread) {
    if (thread.thread_class == "other")
        return std::format(
            "It is not part of a game, and games go before it; if it is one's, "
            "\"gamesched register {}\" says so.",
            thread.pid);
    if (thread.behind)
        return "Another game has the focus, and its threads go before this one's.";
    if (thread.preempted != 0 && thread.preempted >= thread.waits / kWaitsPerPreemption)
        return std::format(
            "Its CPU was taken for something more urgent {}: threads that input, GPU "
            "or audio make critical go before it.",
            times(thread.preempted));
    if (thread.game.empty())
        return "The CPUs are busy with what is as urgent: games, and what serves them.";
    return "The CPUs are busy with what is as urgent: its game wants more of them than it can "
           "have.";
}

Lines settled_verdict(const ThreadView& thread) {
    if (thread.p99 > kLong)
        return {std::format("It waits for CPUs: one wait in a hundred lasts longer than {}.",
                            wait_text(thread.p99)),
                why_it_waits(thread)};
    if (thread.p99 >= kShort)
        return {
            std::format("It waits for CPUs a little: one wait in a hundred lasts longer than "
                        "{}, which shows at high frame rates only.",
                        wait_text(thread.p99))};
    Lines lines{std::format("Waiting for CPUs is not the reason: 99 of 100 waits last {} or less.",
                            wait_text(thread.p99))};
    lines.push_back(thread.longest > kOutlier
                        ? std::format("One lasted {}, though: if it stutters that rarely, this may "
                                      "be it; otherwise look at the GPU, the disk or the game "
                                      "itself.",
                                      wait_text(thread.longest))
                        : "Look at the GPU, the disk or the game itself.");
    return lines;
}

}  // namespace

ThreadView thread_view(const Options& explanation) {
    const auto text = [&](const char* key) {
        return printable(value_or_default<std::string>(explanation, key));
    };
    const auto number = [&](const char* key) {
        return value_or_default<std::uint32_t>(explanation, key);
    };
    const auto count = [&](const char* key) {
        return value_or_default<std::uint64_t>(explanation, key);
    };
    const auto usec = [&](const char* key) { return usec_or_zero(explanation, key); };
    return {.tid = number("Tid"),
            .pid = number("Pid"),
            .name = text("Name"),
            .game = printable(value_or_default<sdbus::ObjectPath>(explanation, "Game")),
            .game_name = text("GameName"),
            .thread_class = text("Class"),
            .role = text("Role"),
            .fact = text("Fact"),
            .fact_age = explanation.contains("FactAgeUSec") ? std::optional(usec("FactAgeUSec"))
                                                            : std::nullopt,
            .fact_tid = number("FactTid"),
            .distance = number("Distance"),
            .behind = value_or_default<bool>(explanation, "Behind"),
            .budget = usec("BudgetUSec"),
            .used = usec("UsedUSec"),
            .weight = number("Weight"),
            .last_cpu = number("LastCpu"),
            .waits = count("Waits"),
            .median = usec("WaitP50USec"),
            .p99 = usec("WaitP99USec"),
            .longest = usec("WaitMaxUSec"),
            .waiting = usec("WaitingUSec"),
            .preempted = count("Preempted"),
            .preempts = count("Preempts")};
}

void sort_worst_first(std::vector<Options>& explanations) {
    std::ranges::sort(explanations, std::greater{}, [](const Options& explanation) {
        const ThreadView thread = thread_view(explanation);
        return std::tuple{thread.p99, thread.longest, -std::int64_t{thread.tid}};
    });
}

Lines thread_page(const ThreadView& thread) {
    Lines lines{labelled("Thread", std::format("{} \"{}\"", thread.tid, thread.name)),
                labelled("Process", std::to_string(thread.pid)), game_line(thread),
                labelled("Class", with_meaning(thread.thread_class))};
    std::ranges::move(role_lines(thread), std::back_inserter(lines));
    lines.insert(lines.end(),
                 {labelled("Deadline",
                           std::format("{} after it becomes runnable", wait_text(thread.budget))),
                  labelled("CPU time", std::format("{} of late", wait_text(thread.used))),
                  labelled("Weight", std::format("{} (100 is usual)", thread.weight)),
                  labelled("Last CPU", std::to_string(thread.last_cpu)), waits_line(thread),
                  labelled("Waits now", thread.waiting == Usec{}
                                            ? "no"
                                            : std::format("for {}", wait_text(thread.waiting))),
                  labelled("Preempted", std::format("{}: something more urgent took its CPU",
                                                    times(thread.preempted))),
                  labelled("Preempts", std::format("{}: it took the CPU of something less urgent",
                                                   times(thread.preempts))),
                  ""});
    std::ranges::move(verdict(thread), std::back_inserter(lines));
    return lines;
}

Lines threads_page(const std::vector<ThreadView>& threads) {
    Table table{{{"TID", Align::kRight},
                 {"NAME"},
                 {"ROLE"},
                 {"WAITS", Align::kRight},
                 {"P50", Align::kRight},
                 {"P99", Align::kRight},
                 {"MAX", Align::kRight},
                 {"PREEMPTED", Align::kRight}}};
    for (const ThreadView& thread : threads) {
        const auto wait = [&](Usec time) { return thread.waits == 0 ? "" : wait_text(time); };
        table.add({std::to_string(thread.tid), thread.name, has_role(thread) ? thread.role : "",
                   std::to_string(thread.waits), wait(thread.median), wait(thread.p99),
                   wait(thread.longest), std::to_string(thread.preempted)});
    }
    const ThreadView& worst = threads.front();
    Lines lines{labelled("Process", std::format("{}, {} threads", worst.pid, threads.size())),
                game_line(worst)};
    std::ranges::move(table.lines(kIndent), std::back_inserter(lines));
    lines.push_back(
        std::format("\"gamesched explain --thread {}\" explains one thread", worst.tid));
    return lines;
}

Lines verdict(const ThreadView& thread) {
    Lines lines;
    if (thread.waiting > kLong)
        lines.push_back(
            std::format("It has been waiting for a CPU for {}.", wait_text(thread.waiting)));
    if (thread.waits < kFewWaits)
        lines.push_back(
            std::format("It has waited {} since the scheduler was attached, too few to "
                        "judge by: ask again while the game stutters.",
                        times(thread.waits)));
    else
        std::ranges::move(settled_verdict(thread), std::back_inserter(lines));
    return lines;
}

Json explanations_json(const std::vector<Options>& explanations) {
    Json threads = Json::array();
    for (const Options& explanation : explanations)
        threads.push_back(json_of(explanation));
    return threads;
}

}  // namespace gamesched::client

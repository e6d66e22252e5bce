// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/statistics.h"

#include "desktop/client/table.h"

#include <format>
#include <ranges>

namespace gamesched::client {
namespace {

using Align = Table::Align;

Table times_table() {
    return Table{{{"TIMES"},
                  {"OF"},
                  {"COUNT", Align::kRight},
                  {"MEAN", Align::kRight},
                  {"P50", Align::kRight},
                  {"P99", Align::kRight},
                  {"MAX", Align::kRight}}};
}

void add_times(Table& table, std::string_view what, std::string_view of,
               const std::optional<Options>& histogram) {
    const TimesView times = times_view(histogram.value_or(Options{}));
    if (times.count == 0)
        return;
    table.add({std::string{what}, std::string{of}, std::to_string(times.count),
               wait_text(times.sum / static_cast<Usec::rep>(times.count)), wait_text(times.median),
               wait_text(times.p99), wait_text(times.longest)});
}

void add_times_by(Table& table, std::string_view what, const auto& names,
                  const std::optional<Options>& histograms) {
    if (!histograms)
        return;
    for (const std::string_view name : names)
        add_times(table, what, name, inner(*histograms, name));
}

// An empty line and the table, if there is anything in it.
void append(Lines& page, const Table& table) {
    const Lines lines = table.lines();
    if (lines.size() == 1)
        return;
    if (!page.empty())
        page.emplace_back();
    page.insert(page.end(), lines.begin(), lines.end());
}

std::string percent(std::uint64_t part, std::uint64_t all) {
    return std::format("{} %", part * 100 / all);
}

Table slices_table(const Options& slices) {
    Table table{{{"SLICES OF"},
                 {"COUNT", Align::kRight},
                 {"USED", Align::kRight},
                 {"WHOLE", Align::kRight}}};
    for (const std::string_view name : kClasses) {
        const SlicesView view = slices_view(inner(slices, name).value_or(Options{}));
        if (view.count != 0 && !view.tenths.empty())
            table.add({std::string{name}, std::to_string(view.count),
                       percent(view.sum_permille, view.count * 1000),
                       percent(view.tenths.back(), view.count)});
    }
    return table;
}

Options counters_of(const Options& stats) {
    Options counters;
    for (const auto& [name, value] : stats) {
        if (value.containsValueOfType<std::uint64_t>())
            counters[name] = value;
    }
    return counters;
}

// "12 without a role, 1 gpu"; empty where nothing is known.
std::string threads_line(const Options& stats) {
    std::string text;
    const auto threads = threads_by_role(stats);
    for (const std::string_view role : kRoles) {
        if (const std::uint64_t count = threads.at(role); count > 0)
            text += std::format("{}{} {}", text.empty() ? "" : ", ", count, role_text(role));
    }
    return text;
}

}  // namespace

std::optional<Options> inner(const Options& dictionary, std::string_view key) {
    const auto entry = dictionary.find(std::string{key});
    if (entry == dictionary.end() || !entry->second.containsValueOfType<Options>())
        return std::nullopt;
    return entry->second.get<Options>();
}

TimesView times_view(const Options& histogram) {
    TimesView times{.count = value_or_default<std::uint64_t>(histogram, "Count"),
                    .sum = usec_or_zero(histogram, "SumUSec"),
                    .median = usec_or_zero(histogram, "P50USec"),
                    .p99 = usec_or_zero(histogram, "P99USec"),
                    .longest = usec_or_zero(histogram, "MaxUSec"),
                    .buckets = {}};
    using Pairs = std::vector<sdbus::Struct<std::uint64_t, std::uint64_t>>;
    for (const auto& pair : value_or_default<Pairs>(histogram, "Buckets"))
        times.buckets.push_back({Usec{pair.get<0>()}, pair.get<1>()});
    return times;
}

SlicesView slices_view(const Options& histogram) {
    return {.count = value_or_default<std::uint64_t>(histogram, "Count"),
            .sum_permille = value_or_default<std::uint64_t>(histogram, "SumPermille"),
            .tenths = value_or_default<std::vector<std::uint64_t>>(histogram, "Tenths")};
}

std::map<std::string_view, std::uint64_t> threads_by_role(const Options& stats) {
    const Options threads = inner(stats, "ThreadsByRole").value_or(Options{});
    std::map<std::string_view, std::uint64_t> counts;
    for (const std::string_view role : kRoles)
        counts[role] = value_or_default<std::uint64_t>(threads, std::string{role}.c_str());
    return counts;
}

std::string role_text(std::string_view role, std::string_view before) {
    return role == "none" ? "without a role" : std::format("{}{}", before, role);
}

Lines stats_page(const Options& stats) {
    Lines page = values_page(counters_of(stats));
    Table times = times_table();
    add_times_by(times, "wait", kClasses, inner(stats, "WaitsByClass"));
    add_times_by(times, "wait, by role", kRoles, inner(stats, "WaitsByRole"));
    add_times_by(times, "run", kClasses, inner(stats, "RunsByClass"));
    add_times(times, "input to running", "", inner(stats, "InputLatency"));
    add_times(times, "page flip to the next", "", inner(stats, "PageFlips"));
    append(page, times);
    append(page, slices_table(inner(stats, "SliceUseByClass").value_or(Options{})));
    return page;
}

Lines times_of_game(const Options& stats) {
    Table times = times_table();
    add_times(times, "wait", "all threads", inner(stats, "Waits"));
    add_times_by(times, "wait, by role", kRoles, inner(stats, "WaitsByRole"));
    add_times(times, "frame to the next", "", inner(stats, "Frames"));
    Lines lines;
    append(lines, times);
    return lines;
}

std::string frames_and_late_ones(const Options& stats) {
    const TimesView frames = times_view(inner(stats, "Frames").value_or(Options{}));
    if (frames.count == 0)
        return {};
    return stats.contains("LateFrames")
               ? std::format("{}, {} of them late: about half as long again as usual, or longer",
                             frames.count, value_or_default<std::uint64_t>(stats, "LateFrames"))
               : std::format("{}, at no steady pace", frames.count);
}

Lines game_stats_page(const GameView& game, const Options& stats) {
    Lines page{std::format("\"{}\", PID {}", game.name, game.pid), ""};
    const Lines times = times_of_game(stats);
    if (times.empty())
        page.back() = "none of its threads has run since the scheduler was attached";
    page.insert(page.end(), times.begin(), times.end());
    if (const std::string threads = threads_line(stats); !threads.empty())
        page.insert(page.end(), {"", "Threads now: " + threads});
    if (const std::string frames = frames_and_late_ones(stats); !frames.empty())
        page.insert(page.end(), {"", "Frames: " + frames});
    return page;
}

const GameView* find_game(const std::vector<GameView>& games, const std::string& pid_or_name) {
    const auto is_meant = [&](const GameView& game) {
        return std::to_string(game.pid) == pid_or_name ||
               std::to_string(game.main_pid) == pid_or_name || game.name == printable(pid_or_name);
    };
    const auto newest_first = std::views::reverse(games);
    const auto game = std::ranges::find_if(newest_first, is_meant);
    return game == newest_first.end() ? nullptr : &*game;
}

}  // namespace gamesched::client

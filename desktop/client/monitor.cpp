// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/monitor.h"

#include <ftxui/dom/elements.hpp>
#include <ftxui/dom/node.hpp>
#include <ftxui/screen/string.hpp>

#include <algorithm>
#include <array>
#include <format>
#include <utility>

namespace gamesched::client {
namespace {

enum class Look { kPlain, kTitle, kHeading, kDim, kGood, kWarning, kBad };

struct Span {
    std::string text;
    Look look = Look::kPlain;
};
using Row = std::vector<Span>;
using Rows = std::vector<Row>;

constexpr std::size_t kNumberWidth = 8;
constexpr std::size_t kGap = 2;
constexpr std::size_t kGroupGap = 4;  // between groups of columns

std::size_t cells(std::string_view text) {
    return static_cast<std::size_t>(std::max(ftxui::string_width(std::string{text}), 0));
}

std::string left(std::string_view text, std::size_t width) {
    std::string cell = clipped_cells(text, width);
    cell.append(width - cells(cell), ' ');
    return cell;
}

std::string right(std::string_view text, std::size_t width) {
    const std::string cell = clipped_cells(text, width);
    return std::string(width - cells(cell), ' ') + cell;
}

std::string number(std::string_view text) {
    return std::string(kGap, ' ') + right(text, kNumberWidth);
}

std::string rate_text(std::optional<double> rate) {
    if (!rate)
        return "-";
    if (*rate > 0 && *rate < 0.1)
        return "<0.1";
    return *rate > 0 && *rate < 0.95 ? std::format("{:.1f}", *rate) : std::format("{:.0f}", *rate);
}

std::string percentiles(const TimesView& times) {
    if (times.count == 0)
        return number("-") + number("-");
    return number(wait_text(times.median)) + number(wait_text(times.p99));
}

std::string percentiles_and_longest(const TimesView& times) {
    return percentiles(times) + number(times.count == 0 ? "-" : wait_text(times.longest));
}

// ------------------------------------------------------------------ how things are

constexpr std::size_t kLabelWidth = 11;

Span label(std::string_view text) {
    return {left(text, kLabelWidth), Look::kHeading};
}

Row title_row(const MonitorView& view, std::size_t width) {
    constexpr std::size_t kToTheSecond = 8;
    const std::string name =
        std::format("gamesched top  {}", time_of_day(view.now).substr(0, kToTheSecond));
    const std::size_t used = cells(name) + cells(view.keys);
    return {
        {name + std::string(width > used ? width - used : kGap, ' ') + view.keys, Look::kTitle}};
}

Look look_of(const std::string& state) {
    if (state == "attached")
        return Look::kGood;
    return state == "attaching" || state == "detached" ? Look::kPlain : Look::kBad;
}

Row scheduler_row(const MonitorView& view) {
    const SchedulerView& scheduler = view.scheduler;
    Row row{label("scheduler"), {scheduler.state, look_of(scheduler.state)}};
    if (scheduler.since > WallTime{})
        row.push_back({std::format(" for {}", duration_text(view.now - scheduler.since))});
    if (!scheduler.reason.empty())
        row.push_back({": " + scheduler.reason});
    return row;
}

Row mode_row(const MonitorView& view) {
    const ManagerView& manager = view.manager;
    return {label("mode"),
            {std::format("{}, gaming mode ", manager.mode)},
            {manager.active ? "on" : "off", manager.active ? Look::kGood : Look::kPlain},
            {"    "},
            {"profile  ", Look::kHeading},
            {manager.profile}};
}

// The kernel's message last, since it is what may be too long.
std::string trip_text(const TripView& trip, WallTime now) {
    const std::string stalled =
        trip.stalled > Usec{} ? std::format(" of {}", wait_text(trip.stalled)) : std::string{};
    return std::format("{} ago, {}{}, {}: {}", duration_text(now - trip.when), trip.kind, stalled,
                       trip.action == "retry" ? "is tried again" : "stays off", trip.reason);
}

Row trip_row(const MonitorView& view) {
    if (view.trip)
        return {label("last trip"), {trip_text(*view.trip, view.now), Look::kWarning}};
    if (view.scheduler.trips == 0)
        return {label("last trip"), {"none since the service started"}};
    return {label("last trip"),
            {std::format("before this view, one of {}; journalctl -u gameschedd tells why",
                         view.scheduler.trips),
             Look::kWarning}};
}

// ------------------------------------------------------------------ figures

Rows parties_rows(const MonitorView& view) {
    constexpr std::size_t kNameWidth = 10;
    constexpr std::size_t kGroup = 3 * (kGap + kNumberWidth);
    const std::string gap(kGroupGap, ' ');
    const std::string last =
        view.rates ? std::format("in the last {:.1f} s", view.rates->elapsed().count()) : "";
    Rows rows;
    rows.push_back({{std::string(kNameWidth, ' ') + right(last, kGroup) + gap +
                         right("since attached", kGroup),
                     Look::kDim}});
    rows.push_back({{left("WAITS OF", kNameWidth) + number("PER S") + number("P50") +
                         number("P99") + gap + number("P50") + number("P99") + number("MAX"),
                     Look::kHeading}});
    for (const std::string_view name : kClasses) {
        const TimesView all = waits_of_class(view.stats, name);
        const TimesView lately = view.rates ? view.rates->waits(name) : TimesView{};
        const auto rate = view.rates ? view.rates->waits_per_second(name) : std::nullopt;
        rows.push_back({{left(name, kNameWidth) + number(rate_text(rate)) + percentiles(lately) +
                         gap + percentiles_and_longest(all)}});
    }
    return rows;
}

// Under their names on the bus, by which org.gamesched1(5) describes them.
constexpr std::array<std::array<const char*, 3>, 3> kShownCounters{{
    {"Direct", "QueuedGame", "QueuedOther"},
    {"Preemptions", "GamePreemptions", "UselessPreemptions"},
    {"Migrations", "Steals", "Rescues"},
}};

Rows counters_rows(const MonitorView& view) {
    constexpr std::array<std::size_t, 3> kNameWidths{12, 16, 18};
    Rows rows{{{"COUNTS PER SECOND", Look::kHeading}}};
    for (const auto& counters : kShownCounters) {
        Row row;
        for (std::size_t i = 0; i < counters.size(); ++i) {
            const auto rate = view.rates ? view.rates->per_second(counters[i]) : std::nullopt;
            row.push_back({std::string(i == 0 ? 0 : kGroupGap, ' ') +
                           left(counters[i], kNameWidths[i]) +
                           right(rate_text(rate), kNumberWidth)});
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

// As many side by side as there is room for, in so many lines at most.
constexpr std::size_t kMaxCpuLines = 4;

Rows cpus_rows(const MonitorView& view, std::size_t width) {
    constexpr std::string_view kHeading = "CPU   BUSY  GAMES";
    const std::string gap(kGroupGap, ' ');
    const std::vector<CpuUse> cpus = view.rates ? view.rates->cpus() : std::vector<CpuUse>{};
    if (cpus.empty())
        return {};
    const std::size_t columns = std::clamp<std::size_t>(
        (width + kGroupGap) / (kHeading.size() + kGroupGap), 1, cpus.size());
    std::string heading;
    for (std::size_t i = 0; i < columns; ++i)
        heading += (i == 0 ? "" : gap) + std::string{kHeading};
    Rows rows{{{heading, Look::kHeading}}};
    const std::size_t shown = std::min(cpus.size(), columns * kMaxCpuLines);
    std::string line;
    for (std::size_t cpu = 0; cpu < shown; ++cpu) {
        line += (line.empty() ? "" : gap) + std::format("{:>3}  {:>3.0f} %  {:>3.0f} %", cpu,
                                                        cpus[cpu].all * 100, cpus[cpu].games * 100);
        if ((cpu + 1) % columns != 0 && cpu + 1 != shown)
            continue;
        rows.push_back({{std::exchange(line, "")}});
    }
    if (shown < cpus.size())
        rows.push_back({{std::format("… and {} more", cpus.size() - shown), Look::kDim}});
    rows.emplace_back();
    return rows;
}

// ------------------------------------------------------------------ games

constexpr std::size_t kUserWidth = 8;
constexpr std::size_t kAgeWidth = 11;
constexpr std::size_t kRoleWidth = 10;

// The name has what the other columns leave.
std::size_t name_width(std::size_t width) {
    constexpr std::size_t kOthers =
        3 * kGap + kUserWidth + kAgeWidth + kRoleWidth + 3 * (kGap + kNumberWidth);
    return std::clamp<std::size_t>(width > kOthers ? width - kOthers : 0, 8, 40);
}

std::string game_line(std::string_view name, std::string_view user, std::string_view age,
                      std::string_view role, std::size_t width) {
    const std::string gap(kGap, ' ');
    return left(name, name_width(width)) + gap + left(user, kUserWidth) + gap +
           right(age, kAgeWidth) + gap + left(role, kRoleWidth);
}

std::string threads_text(std::uint64_t count) {
    return std::format("{} {}", count, count == 1 ? "thread" : "threads");
}

struct GameRows {
    Row all;
    Rows by_role;
};

GameRows game_rows(const MonitoredGame& game, WallTime now, std::size_t width) {
    const Options stats = game.stats.value_or(Options{});
    const auto times_in = [](const Options& histograms, std::string_view name) {
        return times_view(inner(histograms, name).value_or(Options{}));
    };
    GameRows rows{.all = {{game_line(game.game.name, game.user,
                                     duration_text(now - game.game.started), "all", width) +
                           percentiles_and_longest(times_in(stats, "Waits"))}},
                  .by_role = {}};
    const Options roles = inner(stats, "WaitsByRole").value_or(Options{});
    const auto threads = threads_by_role(stats);
    for (const std::string_view role : kRoles) {
        const TimesView times = times_in(roles, role);
        const std::uint64_t count = threads.at(role);
        if (times.count > 0 || count > 0)
            rows.by_role.push_back(
                {{game_line("", "", count > 0 ? threads_text(count) : "", role, width) +
                  percentiles_and_longest(times)}});
    }
    return rows;
}

// In at most `room` lines, which has to be at least 1.
Rows games_rows(const MonitorView& view, std::size_t width, std::size_t room) {
    if (view.games.empty())
        return {{{"no games", Look::kDim}}};
    Rows rows{{{game_line("GAME", "USER", "AGE", "WAITS OF", width) + number("P50") +
                    number("P99") + number("MAX"),
                Look::kHeading}}};
    // One line for each game, and one that says how many have none.
    const std::size_t lines = room - 1;
    const bool all = view.games.size() <= lines;
    const std::size_t shown = all ? view.games.size() : std::max<std::size_t>(lines, 1) - 1;
    std::size_t spare = all ? lines - shown : 0;
    for (std::size_t i = 0; i < shown; ++i) {
        GameRows game = game_rows(view.games[i], view.now, width);
        rows.push_back(std::move(game.all));
        game.by_role.resize(std::min(game.by_role.size(), spare));
        spare -= game.by_role.size();
        std::ranges::move(game.by_role, std::back_inserter(rows));
    }
    if (!all)
        rows.push_back({{std::format("… and {} more", view.games.size() - shown), Look::kDim}});
    return rows;
}

// ------------------------------------------------------------------ the screen

void append(Rows& rows, Rows more) {
    std::ranges::move(more, std::back_inserter(rows));
}

Rows all_rows(const MonitorView& view, std::size_t width, std::size_t height) {
    Rows rows{title_row(view, width)};
    if (!view.present) {
        rows.push_back({{"gameschedd has left the bus; waiting for it", Look::kBad}});
        return rows;
    }
    rows.push_back(scheduler_row(view));
    rows.push_back(mode_row(view));
    rows.push_back(trip_row(view));
    rows.emplace_back();
    append(rows, parties_rows(view));
    rows.emplace_back();
    append(rows, counters_rows(view));
    rows.emplace_back();
    append(rows, cpus_rows(view, width));
    append(rows, games_rows(view, width, height > rows.size() ? height - rows.size() : 1));
    return rows;
}

ftxui::Element with_look(ftxui::Element element, Look look, bool colours) {
    if (!colours && look >= Look::kGood)
        return element;
    switch (look) {
        case Look::kTitle:
            return element | ftxui::inverted;
        case Look::kHeading:
            return element | ftxui::bold;
        case Look::kDim:
            return element | ftxui::dim;
        case Look::kGood:
            return element | ftxui::color(ftxui::Color::Green);
        case Look::kWarning:
            return element | ftxui::color(ftxui::Color::Yellow);
        case Look::kBad:
            return element | ftxui::color(ftxui::Color::Red);
        case Look::kPlain:
            break;
    }
    return element;
}

// Cut here, since a box that is too narrow takes something away from each of its parts. Without a
// part it has no height.
ftxui::Element element_of(const Row& row, std::size_t width, bool colours) {
    ftxui::Elements spans{ftxui::text("")};
    for (const Span& span : row) {
        const std::string text = clipped_cells(span.text, width);
        width -= cells(text);
        spans.push_back(with_look(ftxui::text(text), span.look, colours));
    }
    return ftxui::hbox(std::move(spans));
}

}  // namespace

std::string clipped_cells(std::string_view text, std::size_t limit) {
    if (cells(text) <= limit)
        return std::string{text};
    if (limit == 0)
        return {};
    std::string clipped;
    // Each is one column; the second one of a wide character is empty.
    const std::vector<std::string> glyphs = ftxui::Utf8ToGlyphs(std::string{text});
    std::size_t end = std::min(limit - 1, glyphs.size());
    while (end > 0 && end < glyphs.size() && glyphs[end].empty())
        --end;
    for (std::size_t i = 0; i < end; ++i)
        clipped += glyphs[i];
    return clipped + "…";
}

ftxui::Screen monitor_screen(const MonitorView& view, ScreenSize size) {
    constexpr std::size_t kEverything = 1'000'000;
    const auto width = static_cast<std::size_t>(std::max(size.width, 1));
    Rows rows =
        all_rows(view, width,
                 size.height == kAnyHeight ? kEverything : static_cast<std::size_t>(size.height));
    if (size.height != kAnyHeight)
        rows.resize(std::min(rows.size(), static_cast<std::size_t>(size.height)));
    ftxui::Elements lines;
    for (const Row& row : rows)
        lines.push_back(element_of(row, width, view.colours));
    const int height = size.height == kAnyHeight ? static_cast<int>(rows.size()) : size.height;
    ftxui::Screen screen(static_cast<int>(width), height);
    ftxui::Render(screen, ftxui::vbox(std::move(lines)));
    return screen;
}

std::vector<std::string> plain_lines(const ftxui::Screen& screen) {
    std::vector<std::string> lines;
    for (int y = 0; y < screen.dimy(); ++y) {
        std::string line;
        for (int x = 0; x < screen.dimx(); ++x)
            line += screen.PixelAt(x, y).character;
        line.erase(line.find_last_not_of(' ') + 1);
        lines.push_back(std::move(line));
    }
    return lines;
}

}  // namespace gamesched::client

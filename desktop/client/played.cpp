// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/played.h"

#include "desktop/client/statistics.h"
#include "desktop/client/table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <format>

namespace gamesched::client {
namespace {

// The scheduler was not attached, or it did not measure this game, or none of its threads ever
// waited.
constexpr char kNothingKnown[] = "Nothing is known of waits for a CPU";

struct Fact {
    std::string name;
    std::string value;
};

std::string lower(std::string_view text) {
    std::string folded{text};
    std::ranges::transform(folded, folded.begin(), [](unsigned char c) { return std::tolower(c); });
    return folded;
}

// "2026-01-31 14:03", local time.
std::string day_and_time(WallTime time) {
    std::string text = timestamp(time).substr(0, 16);
    text[10] = ' ';
    return text;
}

std::string how_it_ended(const PlayedView& game) {
    return game.cause == "unregistered" ? "it was unregistered, and may have gone on" : "it exited";
}

std::string counted(const Options& stats, const char* key) {
    return std::to_string(
        value_or_default<std::uint64_t>(inner(stats, "Counted").value_or(Options{}), key));
}

// Empty if none of its threads ever waited.
std::string worst_wait(const PlayedView& game) {
    const auto worst = inner(game.stats, "WorstWait");
    if (!worst)
        return {};
    const std::string role = printable(value_or_default<std::string>(*worst, "Role"));
    return std::format(
        "{} for a CPU, after {}, by a thread {}", wait_text(usec_or_zero(*worst, "WaitUSec")),
        duration_text(usec_or_zero(*worst, "AfterUSec")), role_text(role, "with the role "));
}

std::vector<Fact> facts_of(const PlayedView& game) {
    std::vector<Fact> facts = {
        {"Played",
         std::format("{}, from {} to {}", duration_text(game.duration), day_and_time(game.started),
                     time_of_day(game.started + game.duration).substr(0, 5))},
        {"Ended", how_it_ended(game)},
        {"Program", game.executable},
        {"AppId", game.app_id},
        {"Known by", game.source},
        {"Profile", game.profile},
        {"Frames", frames_and_late_ones(game.stats)},
        {"Worst wait", worst_wait(game)}};
    if (inner(game.stats, "Counted")) {
        facts.push_back({"CPUs taken", counted(game.stats, "GamePreemptions") +
                                           " times from something less urgent, for a game"});
        facts.push_back({"Rescues", counted(game.stats, "Rescues") +
                                        " times something else had waited for too long"});
        facts.push_back(
            {"Migrations", counted(game.stats, "Migrations") + " on the whole machine"});
    }
    std::erase_if(facts, [](const Fact& fact) { return fact.value.empty(); });
    return facts;
}

// ------------------------------------------------------------------ HTML

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '&')
            out += "&amp;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

constexpr std::string_view kHead = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{0}</title>
<style>
:root {{ color-scheme: light dark; --bar: #3465a4; --line: #8888; }}
body {{ font: 16px/1.5 sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }}
h1, td {{ overflow-wrap: anywhere; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ border-bottom: 1px solid var(--line); padding: .2rem .8rem .2rem 0; text-align: left;
  vertical-align: baseline; }}
td.number, th.number {{ text-align: right; padding-left: 1rem; }}
td.number {{ white-space: nowrap; }}
.wide {{ overflow-x: auto; }}
.wide table {{ margin-top: 0; }}
svg {{ width: 100%; min-width: 40rem; height: auto; }}
svg rect {{ fill: var(--bar); }}
svg line {{ stroke: var(--line); }}
svg text {{ fill: currentColor; font-size: 13px; }}
</style>
</head>
<body>
<h1>{0}</h1>
)html";

std::string times_row(std::string_view name, const TimesView& times) {
    std::string row = std::format("<tr><td>{}</td>", name);
    for (const std::string& cell : {std::to_string(times.count), wait_text(times.median),
                                    wait_text(times.p99), wait_text(times.longest)})
        row += std::format("<td class=\"number\">{}</td>", cell);
    return row + "</tr>\n";
}

// Both axes are logarithmic: a wait of a second matters though there are a million short ones.
class Drawing {
  public:
    explicit Drawing(const TimesView& times) {
        for (const TimesView::Bucket& bucket : times.buckets)
            most_ = std::max(most_, bucket.count);
    }

    std::string draw(const TimesView& times, std::string_view what) const {
        std::string svg = std::format(
            "<div class=\"wide\">\n<svg viewBox=\"0 0 {} {}\" role=\"img\" "
            "aria-label=\"How many {} were how long\">\n",
            kWidth, kHeight, what);
        for (std::int64_t usec = 1; usec <= 10'000'000; usec *= 10)
            svg += std::format(
                "<line x1=\"{0:.1f}\" x2=\"{0:.1f}\" y1=\"{1}\" y2=\"{2}\"/><text x=\"{0:.1f}\" "
                "y=\"{3}\" text-anchor=\"middle\">{4}</text>\n",
                x_of(Usec{usec}), kBottom, kBottom + 5, kBottom + 20, wait_text(Usec{usec}));
        for (std::uint64_t count = 1; count <= most_; count *= 10)
            svg += std::format(
                "<line x1=\"{0}\" x2=\"{1}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/><text x=\"{3}\" "
                "y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
                kLeft, kWidth, y_of(count), kLeft - 6, y_of(count) + 4, count);
        double from = kLeft;
        for (const TimesView::Bucket& bucket : times.buckets) {
            const double to = x_of(bucket.end);
            from = std::max(from, to - kWidest);
            const double y = y_of(bucket.count);
            svg += std::format(
                "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"><title>{} "
                "shorter "
                "than {}</title></rect>\n",
                from, y, std::max(to - from - 1, 1.0), kBottom - y, bucket.count,
                wait_text(bucket.end));
            from = to;
        }
        return svg + "</svg>\n</div>\n";
    }

  private:
    static constexpr double kWidth = 800, kHeight = 300, kLeft = 70, kBottom = 270, kTop = 10;
    static constexpr double kDouble = 0.302;                                  // log10(2)
    static constexpr double kDecade = (kWidth - kLeft - 30) / (7 + kDouble);  // 0.5 µs to 10 s
    static constexpr double kWidest = kDecade * kDouble;

    static double x_of(Usec end) {
        return kLeft +
               kDecade *
                   (kDouble + std::log10(static_cast<double>(std::max<Usec::rep>(end.count(), 1))));
    }
    // A single one has a height, too.
    double y_of(std::uint64_t count) const {
        const double all = std::log10(static_cast<double>(most_) * 2);
        return kBottom -
               (kBottom - kTop) * std::log10(static_cast<double>(count) * 2) / std::max(all, 0.1);
    }

    std::uint64_t most_ = 1;
};

// `rows`: of times_row; `times`: what is drawn, `what` it is.
std::string times_html(std::string_view title, std::string_view first, std::string_view what,
                       const std::string& rows, const TimesView& times) {
    return std::format(
        "<h2>{0}</h2>\n<div class=\"wide\">\n<table>\n<tr><th>{1}</th>"
        "<th class=\"number\">How many</th><th class=\"number\">Half shorter than</th>"
        "<th class=\"number\">99 % shorter than</th><th class=\"number\">Longest</th></tr>\n"
        "{2}</table>\n</div>\n{3}<p>How many {4} (upwards) were how long (to the right); both "
        "scales are logarithmic.</p>\n",
        title, first, rows, Drawing(times).draw(times, what), what);
}

std::string waits_html(const PlayedView& game, const TimesView& all) {
    std::string rows = times_row("all", all);
    const Options by_role = inner(game.stats, "WaitsByRole").value_or(Options{});
    for (const std::string_view role : kRoles) {
        const TimesView times = times_view(inner(by_role, role).value_or(Options{}));
        if (times.count != 0)
            rows += times_row(role_text(role, "role "), times);
    }
    return times_html("How long its threads waited for a CPU", "Threads", "waits", rows, all);
}

std::string frames_html(const TimesView& frames) {
    return times_html("How long it took from one frame to the next", "Frames", "frames",
                      times_row("all", frames), frames);
}

}  // namespace

PlayedView played_view(const Options& game) {
    const auto text = [&](const char* key) {
        return printable(value_or_default<std::string>(game, key));
    };
    PlayedView view{.name = text("Name"),
                    .app_id = text("AppId"),
                    .executable = text("Executable"),
                    .source = text("Source"),
                    .profile = text("Profile"),
                    .cause = text("Cause"),
                    .started = WallTime{usec_or_zero(game, "StartedUSec")},
                    .duration = usec_or_zero(game, "DurationUSec"),
                    .stats = {}};
    for (const char* key : {"Waits", "WaitsByRole", "WorstWait", "Counted", "Frames", "LateFrames"})
        if (const auto value = game.find(key); value != game.end())
            view.stats[key] = value->second;
    return view;
}

Lines played_list(const std::vector<PlayedView>& games) {
    if (games.empty())
        return {"no game has ended yet"};
    Table table{{{"NO", Table::Align::kRight},
                 {"STARTED"},
                 {"PLAYED", Table::Align::kRight},
                 {"WAITS P99", Table::Align::kRight},
                 {"LONGEST", Table::Align::kRight},
                 {"NAME"}}};
    for (std::size_t i = 0; i < games.size(); ++i) {
        const auto waits = inner(games[i].stats, "Waits");
        const TimesView times = times_view(waits.value_or(Options{}));
        table.add({std::to_string(i + 1), day_and_time(games[i].started),
                   duration_text(games[i].duration), waits ? wait_text(times.p99) : "",
                   waits ? wait_text(times.longest) : "", games[i].name});
    }
    return table.lines();
}

Lines played_page(const PlayedView& game) {
    Lines page{game.name};
    for (const auto& [name, value] : facts_of(game))
        page.push_back(std::format("{:<11} {}", name, value));
    const Lines times = times_of_game(game.stats);
    page.emplace_back();
    if (times.empty())
        page.emplace_back(kNothingKnown);
    page.insert(page.end(), times.begin(), times.end());
    return page;
}

std::string played_html(const PlayedView& game) {
    std::string html = std::vformat(
        kHead, std::make_format_args(static_cast<const std::string&>(escaped(game.name))));
    html += "<table>\n";
    for (const auto& [name, value] : facts_of(game))
        html += std::format("<tr><th>{}</th><td>{}</td></tr>\n", name, escaped(value));
    html += "</table>\n";
    const TimesView all = times_view(inner(game.stats, "Waits").value_or(Options{}));
    if (all.count == 0)
        html += std::format("<p>{}.</p>\n", kNothingKnown);
    else
        html += waits_html(game, all);
    const TimesView frames = times_view(inner(game.stats, "Frames").value_or(Options{}));
    if (frames.count != 0)
        html += frames_html(frames);
    return html + "</body>\n</html>\n";
}

const PlayedView* find_played(const std::vector<PlayedView>& games, const std::string& which) {
    if (which == "last")
        return games.empty() ? nullptr : &games.front();
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(which.data(), which.data() + which.size(), number);
    if (error == std::errc() && end == which.data() + which.size() && number >= 1 &&
        number <= games.size())
        return &games[number - 1];
    const std::string wanted = lower(printable(which));
    const auto found = std::ranges::find_if(
        games, [&](const PlayedView& game) { return lower(game.name).contains(wanted); });
    return found == games.end() || wanted.empty() ? nullptr : &*found;
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/prometheus.h"

#include "desktop/client/statistics.h"

#include <array>
#include <format>
#include <functional>

namespace gamesched::client {
namespace {

struct Metric {
    const char* member;
    const char* name;
    const char* help;
};

constexpr std::array kCounters{
    Metric{"GamesStarted", "games_started", "Games that started."},
    Metric{"GamesExited", "games_exited", "Games that ended."},
    Metric{"EventsLost", "events_lost", "Process events that the kernel could not deliver."},
    Metric{"Direct", "direct", "Wake-ups that went straight to an idle CPU."},
    Metric{"QueuedGame", "queued_game", "Tasks of games that had to wait in a queue."},
    Metric{"QueuedOther", "queued_other", "Other tasks that had to wait in a queue."},
    Metric{"Kept", "kept", "Expired slices after which the task kept its CPU."},
    Metric{"Preemptions", "preemptions", "CPUs taken from a less urgent task."},
    Metric{"GamePreemptions", "game_preemptions", "CPUs taken for a game."},
    Metric{"UselessPreemptions", "useless_preemptions",
           "CPUs taken for a task that ran elsewhere or late."},
    Metric{"PlacedPrevious", "placed_previous", "Wake-ups onto the idle CPU of last time."},
    Metric{"PlacedNear", "placed_near", "Wake-ups onto an idle CPU of the same cache."},
    Metric{"PlacedFar", "placed_far", "Wake-ups onto an idle CPU of another cache."},
    Metric{"PlacedSharedCore", "placed_shared_core", "Wake-ups onto a core that was busy."},
    Metric{"PlacedFast", "placed_fast", "Wake-ups of critical threads onto an idle fast CPU."},
    Metric{"FactsInput", "facts_input", "Threads woken by input."},
    Metric{"FactsAudio", "facts_audio", "Threads woken by an audio period."},
    Metric{"FactsGpu", "facts_gpu", "Threads that gave work to the GPU."},
    Metric{"FactsCompositor", "facts_compositor", "Threads woken by a page flip."},
    Metric{"FactsChain", "facts_chain", "Threads woken by a thread with a role."},
    Metric{"FrequencyRequests", "frequency_requests",
           "Changes of the performance that a CPU was asked for."},
    Metric{"HandedOver", "handed_over", "Wake-ups that took over the rest of a slice."},
    Metric{"Yielded", "yielded", "Tasks that gave their CPU to a late game's task."},
    Metric{"Migrations", "migrations", "Tasks that began to run on another CPU."},
    Metric{"StallChecks", "stall_checks",
           "Times that it was looked whether somebody waits in vain."},
    Metric{"Steals", "steals", "Tasks taken from another cache domain's queue."},
    Metric{"Rescues", "rescues", "Overdue tasks served before a waiting game."},
    Metric{"Requeued", "requeued", "Tasks taken back from a real-time task's CPU."},
};

constexpr std::array kGauges{
    Metric{"MaxWaitGameUSec", "max_wait_game_seconds",
           "Longest wait in the games' queues since the scheduler was attached."},
    Metric{"MaxWaitOtherUSec", "max_wait_other_seconds",
           "Longest wait in the others' queues since the scheduler was attached."},
};

// 4 µs to 4 s: the service's last bucket has what is too long for all.
constexpr std::uint64_t kFirstBound = 4;
constexpr std::uint64_t kLastBound = 1U << 22U;

double seconds(std::uint64_t usec) {
    return static_cast<double>(usec) / 1e6;
}

double seconds(Usec time) {
    return static_cast<double>(time.count()) / 1e6;
}

void begin(std::string& text, const char* name, const char* help, const char* type) {
    text += std::format("# HELP gamesched_{0} {1}\n# TYPE gamesched_{0} {2}\n", name, help, type);
}

std::string escaped(std::string_view value) {
    std::string text;
    for (const char c : value) {
        if (c == '\\' || c == '"')
            text += '\\';
        text += c;
    }
    return text;
}

std::string label(std::string_view name, std::string_view value) {
    return std::format("{}=\"{}\"", name, escaped(value));
}

void add_bucket(std::string& text, const char* name, const std::string& labels, double bound,
                std::uint64_t count) {
    text += std::format("gamesched_{}_bucket{{{}{}le=\"{}\"}} {}\n", name, labels,
                        labels.empty() ? "" : ",", bound, count);
}

void end_histogram(std::string& text, const char* name, const std::string& labels, double sum,
                   std::uint64_t count) {
    const std::string braces = labels.empty() ? "" : std::format("{{{}}}", labels);
    text += std::format(
        "gamesched_{0}_bucket{{{1}{2}le=\"+Inf\"}} {3}\ngamesched_{0}_sum{4} {5}\n"
        "gamesched_{0}_count{4} {3}\n",
        name, labels, labels.empty() ? "" : ",", count, braces, sum);
}

void add_times(std::string& text, const char* name, const std::string& labels,
               const TimesView& times) {
    std::uint64_t below = 0;
    auto bucket = times.buckets.begin();
    for (std::uint64_t bound = kFirstBound; bound <= kLastBound; bound *= 2) {
        for (; bucket != times.buckets.end() && bucket->end <= Usec{bound}; ++bucket)
            below += bucket->count;
        add_bucket(text, name, labels, seconds(bound), below);
    }
    end_histogram(text, name, labels, seconds(times.sum), times.count);
}

// Those that used less than a whole slice are below 1, since the service counts in thousandths.
void add_slices(std::string& text, const char* name, const std::string& labels,
                const SlicesView& slices) {
    std::uint64_t below = 0;
    for (std::size_t tenth = 0; tenth + 1 < slices.tenths.size(); ++tenth) {
        below += slices.tenths[tenth];
        const bool last = tenth + 2 == slices.tenths.size();
        add_bucket(text, name, labels, last ? 0.999 : static_cast<double>(tenth + 1) / 10, below);
    }
    end_histogram(text, name, labels, static_cast<double>(slices.sum_permille) / 1000,
                  slices.count);
}

void add_all(std::string& text, const Options& stats, const char* member, const char* name,
             const char* help, const char* by, const auto& names, auto add) {
    const auto histograms = inner(stats, member);
    if (!histograms)
        return;
    begin(text, name, help, "histogram");
    for (const std::string_view of : names) {
        if (const auto histogram = inner(*histograms, of))
            add(text, name, label(by, of), *histogram);
    }
}

constexpr auto kTimes = [](std::string& text, const char* name, const std::string& labels,
                           const Options& histogram) {
    add_times(text, name, labels, times_view(histogram));
};

constexpr auto kSlices = [](std::string& text, const char* name, const std::string& labels,
                            const Options& histogram) {
    add_slices(text, name, labels, slices_view(histogram));
};

void add_one(std::string& text, const Options& stats, const char* member, const char* name,
             const char* help) {
    const auto histogram = inner(stats, member);
    if (!histogram)
        return;
    begin(text, name, help, "histogram");
    kTimes(text, name, "", *histogram);
}

void add_numbers(std::string& text, const Options& stats) {
    for (const Metric& counter : kCounters) {
        if (!stats.contains(counter.member))
            continue;
        const std::string name = std::format("{}_total", counter.name);
        begin(text, name.c_str(), counter.help, "counter");
        text += std::format("gamesched_{} {}\n", name,
                            value_or_default<std::uint64_t>(stats, counter.member));
    }
    for (const Metric& gauge : kGauges) {
        if (!stats.contains(gauge.member))
            continue;
        begin(text, gauge.name, gauge.help, "gauge");
        text += std::format("gamesched_{} {}\n", gauge.name,
                            seconds(usec_or_zero(stats, gauge.member)));
    }
}

std::string labels_of(const GameView& game) {
    return label("game", game.id) + "," + label("name", game.name);
}

void add_games(std::string& text, const std::vector<GameStats>& games) {
    constexpr char kName[] = "game_wait_seconds", kFrames[] = "game_frame_seconds";
    if (games.empty())
        return;
    begin(text, kName, "Waits of a running game's threads for a CPU, by role.", "histogram");
    for (const GameStats& game : games) {
        const Options roles = inner(game.stats, "WaitsByRole").value_or(Options{});
        const std::string labels = labels_of(game.game);
        for (const std::string_view role : kRoles) {
            if (const auto histogram = inner(roles, role))
                kTimes(text, kName, labels + "," + label("role", role), *histogram);
        }
    }
    std::string frames;
    for (const GameStats& game : games)
        if (const auto histogram = inner(game.stats, "Frames"))
            kTimes(frames, kFrames, labels_of(game.game), *histogram);
    if (frames.empty())
        return;
    begin(text, kFrames, "Times between the frames of a running game.", "histogram");
    text += frames;
}

}  // namespace

std::string prometheus_text(const Options& stats, const std::vector<GameStats>& games) {
    std::string text;
    add_numbers(text, stats);
    add_all(text, stats, "WaitsByClass", "wait_seconds",
            "Waits for a CPU, from runnable to running, by class.", "class", kClasses, kTimes);
    add_all(text, stats, "WaitsByRole", "role_wait_seconds",
            "Waits of games and session for a CPU, by role.", "role", kRoles, kTimes);
    add_all(text, stats, "RunsByClass", "run_seconds",
            "Times that threads ran in one go, by class.", "class", kClasses, kTimes);
    add_all(text, stats, "SliceUseByClass", "slice_use_ratio",
            "Shares of their slices that threads used, by class.", "class", kClasses, kSlices);
    add_one(text, stats, "InputLatency", "input_latency_seconds",
            "Times from an input event to the moment when the thread that it wakes runs.");
    add_one(text, stats, "PageFlips", "page_flip_interval_seconds",
            "Times from a page flip to the next one.");
    add_games(text, games);
    return text;
}

}  // namespace gamesched::client

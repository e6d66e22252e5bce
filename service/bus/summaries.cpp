// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/summaries.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <spdlog/spdlog.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <format>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace gamesched {
namespace {

using json = nlohmann::json;

// journalctl MESSAGE_ID=…
constexpr char kMessageId[] = "9696f35b110b4488995fc5591136f953";

// What the scheduler did for games; of the whole machine.
struct Told {
    const char *name, *field;  // as a measurement, and in the journal
    gs_counter counter;
};
constexpr std::array kTold = {Told{"GamePreemptions", "GAMESCHED_PREEMPTIONS", GS_CNT_PREEMPT_GAME},
                              Told{"Rescues", "GAMESCHED_RESCUES", GS_CNT_RESCUE},
                              Told{"Migrations", "GAMESCHED_MIGRATIONS", GS_CNT_MIGRATED}};

json json_of(const Measurements& measurements);

struct JsonOf {
    json operator()(const auto& value) const { return value; }
    json operator()(const Measurements& measurements) const { return json_of(measurements); }
    json operator()(const std::vector<Histogram::Bucket>& buckets) const {
        json pairs = json::array();
        for (const Histogram::Bucket& bucket : buckets)
            pairs.push_back({bucket.end_usec, bucket.count});
        return pairs;
    }
};

json json_of(const Measurements& measurements) {
    json object = json::object();
    for (const auto& [name, measured] : measurements)
        object[name] = std::visit(JsonOf(), measured);
    return object;
}

Measurements measurements_from(const json& object);

Measured measured_from(const json& value) {
    if (value.is_object())
        return measurements_from(value);
    if (value.is_string())
        return value.get<std::string>();
    if (!value.is_array())
        return value.get<uint64_t>();
    std::vector<Histogram::Bucket> buckets;
    for (const json& pair : value)
        buckets.push_back({pair.at(0).get<uint64_t>(), pair.at(1).get<uint64_t>()});
    return buckets;
}

Measurements measurements_from(const json& object) {
    Measurements measurements;
    for (const auto& [name, value] : object.items())
        measurements[name] =
            name == "User" ? Measured(value.get<uint32_t>()) : measured_from(value);
    return measurements;
}

uint64_t usec(std::chrono::microseconds time) {
    return static_cast<uint64_t>(time.count());
}

struct Remembered {
    uint64_t ended_usec = 0;
    Measurements game;
};

// Nothing if a crash has cut the line, or it is damaged otherwise.
std::optional<Remembered> remembered_from(const std::string& line) {
    try {
        const json game = json::parse(line);
        return Remembered{
            game.value("StartedUSec", uint64_t{0}) + game.value("DurationUSec", uint64_t{0}),
            measurements_from(game)};
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

uint64_t number(const Measurements& measurements, const char* name) {
    const auto found = measurements.find(name);
    return found == measurements.end() ? 0 : std::get<uint64_t>(found->second);
}

Measurements measurements_in(const Measurements& measurements, const char* name) {
    const auto found = measurements.find(name);
    return found == measurements.end() ? Measurements() : std::get<Measurements>(found->second);
}

// The name of a field of the journal has capitals only.
std::string in_capitals(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    });
    return text;
}

// What the journal has of it: a line for people, and its figures as fields. Without a journal the
// line alone.
void log(const Game& game, const Measurements& summary) {
    const Measurements times = measurements_in(summary, "Waits");
    const uint64_t frames = number(measurements_in(summary, "Frames"), "Count");
    const Measurements worst = measurements_in(summary, "WorstWait");
    const std::string waited =
        number(times, "Count") == 0
            ? "nothing is known of its threads' waits"
            : std::format(
                  "its threads waited {} times for a CPU, half of them less than {} µs, 99 of 100 "
                  "less than {} µs, at most {} µs{}",
                  number(times, "Count"), number(times, "P50USec"), number(times, "P99USec"),
                  number(times, "MaxUSec"),
                  worst.empty() ? ""
                                : std::format(" ({} s after its start)",
                                              number(worst, "AfterUSec") / 1'000'000));
    const std::string late =
        summary.contains("LateFrames")
            ? std::format("; {} of {} frames were late", number(summary, "LateFrames"), frames)
            : "";
    const std::string text =
        std::format("game {}: {}: {} (pid {}) after {} s; {}{}", game.id,
                    std::get<std::string>(summary.at("Cause")), game.name, game.pid,
                    number(summary, "DurationUSec") / 1'000'000, waited, late);
    if (!std::getenv("JOURNAL_STREAM"))
        return spdlog::info("{}", text);
    const auto field = [](std::string_view name, const auto& value) {
        return std::format("{}={}", name, value);
    };
    std::vector fields = {field("MESSAGE", text),
                          field("MESSAGE_ID", kMessageId),
                          field("PRIORITY", 6),
                          field("GAMESCHED_GAME_ID", game.id),
                          field("GAMESCHED_GAME_NAME", game.name),
                          field("GAMESCHED_APP_ID", game.app_id),
                          field("GAMESCHED_DURATION_USEC", number(summary, "DurationUSec"))};
    if (number(times, "Count") != 0) {
        fields.push_back(field("GAMESCHED_WAITS", number(times, "Count")));
        fields.push_back(field("GAMESCHED_WAIT_P50_USEC", number(times, "P50USec")));
        fields.push_back(field("GAMESCHED_WAIT_P99_USEC", number(times, "P99USec")));
        fields.push_back(field("GAMESCHED_WAIT_MAX_USEC", number(times, "MaxUSec")));
    }
    if (!worst.empty())
        fields.push_back(field("GAMESCHED_WAIT_MAX_AFTER_USEC", number(worst, "AfterUSec")));
    for (const auto& [role, waits] : measurements_in(summary, "WaitsByRole"))
        fields.push_back(field("GAMESCHED_WAIT_P99_USEC_" + in_capitals(role),
                               number(std::get<Measurements>(waits), "P99USec")));
    if (const Measurements counted = measurements_in(summary, "Counted"); !counted.empty())
        for (const Told& told : kTold)
            fields.push_back(field(told.field, number(counted, told.name)));
    if (frames != 0)
        fields.push_back(field("GAMESCHED_FRAMES", frames));
    if (!late.empty())
        fields.push_back(field("GAMESCHED_LATE_FRAMES", number(summary, "LateFrames")));
    std::vector<iovec> parts;
    for (std::string& text_of_field : fields)
        parts.push_back({text_of_field.data(), text_of_field.size()});
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

}  // namespace

Summaries::Summaries(const Core& core, History history)
    : core_(core), history_(std::move(history)) {}

std::array<uint64_t, 3> Summaries::counted() const {
    std::array<uint64_t, kTold.size()> counted = {};
    if (const auto counters = core_.backend.counters())
        for (size_t i = 0; i < kTold.size(); ++i)
            counted[i] = counters->counters[kTold[i].counter];
    return counted;
}

void Summaries::on_started(const Game& game) {
    at_start_[game.id] = {.attached = core_.host.since(), .counted = counted()};
}

// Counters begin at 0 with every attachment.
Measurements Summaries::counted_since(uint64_t id) const {
    const std::array<uint64_t, kTold.size()> now = counted();
    const auto start = at_start_.find(id);
    const bool is_same = start != at_start_.end() && start->second.attached == core_.host.since();
    Measurements counted;
    for (size_t i = 0; i < kTold.size(); ++i)
        counted[kTold[i].name] = now[i] - (is_same ? start->second.counted[i] : 0);
    return counted;
}

Measurements Summaries::on_exited(const Game& game, const GameEnd& end) {
    Measurements summary;
    if (const auto times = core_.backend.game_times(game.tree)) {
        summary = measurements_of(*times, game.started_monotonic);
        summary["Counted"] = counted_since(game.id);
    }
    at_start_.erase(game.id);
    summary["Cause"] = std::string(end.unregistered ? "unregistered" : "exited");
    summary["DurationUSec"] =
        usec(std::max(end.at - game.started_monotonic, std::chrono::microseconds::zero()));
    summary["StartedUSec"] = usec(game.started_monotonic);
    summary["EndedUSec"] = usec(end.at);
    return summary;
}

void Summaries::remember(const Game& game, const Measurements& summary) {
    log(game, summary);
    Measurements line = summary;
    line.erase("EndedUSec");
    line["Name"] = game.name;
    line["AppId"] = game.app_id;
    line["Executable"] = game.executable;
    line["User"] = uint32_t{game.user};
    line["Source"] = std::string(to_string(game.source));
    line["Profile"] = core_.profile();
    line["StartedUSec"] = usec(game.started);
    history_.add(game.user, json_of(line).dump(-1, ' ', false, json::error_handler_t::replace));
}

std::vector<Measurements> Summaries::newest(uid_t user, size_t limit) const {
    std::vector<Remembered> games;
    for (const uid_t player : user == 0 ? history_.users() : std::vector<uid_t>{user}) {
        const std::vector<std::string> lines = history_.lines(player);
        size_t taken = 0;
        for (auto line = lines.rbegin(); line != lines.rend() && taken < limit; ++line)
            if (auto game = remembered_from(*line)) {
                games.push_back(std::move(*game));
                ++taken;
            }
    }
    std::ranges::stable_sort(games, std::greater(), &Remembered::ended_usec);
    games.resize(std::min(games.size(), limit));
    std::vector<Measurements> newest;
    for (Remembered& game : games)
        newest.push_back(std::move(game.game));
    return newest;
}

}  // namespace gamesched

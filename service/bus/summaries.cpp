// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/summaries.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <spdlog/spdlog.h>
#include <systemd/sd-journal.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <format>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace gamesched {
namespace {

using json = nlohmann::json;

// journalctl MESSAGE_ID=…
constexpr char kMessageId[] = "9696f35b110b4488995fc5591136f953";

// What the scheduler did for games; of the whole machine.
constexpr std::array kTold = {std::pair{"GamePreemptions", GS_CNT_PREEMPT_GAME},
                              std::pair{"Rescues", GS_CNT_RESCUE},
                              std::pair{"Migrations", GS_CNT_MIGRATED}};

using Pairs = std::vector<sdbus::Struct<uint64_t, uint64_t>>;

json json_of(const Measurements& dictionary);

json json_of(const sdbus::Variant& value) {
    if (value.containsValueOfType<uint64_t>())
        return value.get<uint64_t>();
    if (value.containsValueOfType<uint32_t>())
        return value.get<uint32_t>();
    if (value.containsValueOfType<Measurements>())
        return json_of(value.get<Measurements>());
    if (!value.containsValueOfType<Pairs>())
        return value.get<std::string>();
    json pairs = json::array();
    for (const auto& pair : value.get<Pairs>())
        pairs.push_back({pair.get<0>(), pair.get<1>()});
    return pairs;
}

json json_of(const Measurements& dictionary) {
    json object = json::object();
    for (const auto& [key, value] : dictionary)
        object[key] = json_of(value);
    return object;
}

Measurements measurements_from(const json& object);

sdbus::Variant variant_from(const json& value) {
    if (value.is_object())
        return sdbus::Variant(measurements_from(value));
    if (value.is_string())
        return sdbus::Variant(value.get<std::string>());
    if (!value.is_array())
        return sdbus::Variant(value.get<uint64_t>());
    Pairs pairs;
    for (const json& pair : value)
        pairs.emplace_back(pair.at(0).get<uint64_t>(), pair.at(1).get<uint64_t>());
    return sdbus::Variant(pairs);
}

Measurements measurements_from(const json& object) {
    Measurements dictionary;
    for (const auto& [key, value] : object.items())
        dictionary[key] =
            key == "User" ? sdbus::Variant(value.get<uint32_t>()) : variant_from(value);
    return dictionary;
}

sdbus::Variant usec(std::chrono::microseconds time) {
    return sdbus::Variant(static_cast<uint64_t>(time.count()));
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

uint64_t number(const Measurements& dictionary, const char* key) {
    const auto found = dictionary.find(key);
    return found == dictionary.end() ? 0 : found->second.get<uint64_t>();
}

// What the journal has of it: a line for people, and its figures as fields. Without a journal the
// line alone.
void log(const Game& game, const Measurements& summary) {
    const auto waits = summary.find("Waits");
    const Measurements times =
        waits == summary.end() ? Measurements() : waits->second.get<Measurements>();
    const std::string waited =
        number(times, "Count") == 0
            ? "nothing is known of its threads' waits"
            : std::format(
                  "its threads waited {} times for a CPU, half of them less than {} µs, 99 of 100 "
                  "less than {} µs, at most {} µs",
                  number(times, "Count"), number(times, "P50USec"), number(times, "P99USec"),
                  number(times, "MaxUSec"));
    const std::string text = std::format(
        "game {}: {}: {} (pid {}) after {} s; {}", game.id, summary.at("Cause").get<std::string>(),
        game.name, game.pid, number(summary, "DurationUSec") / 1'000'000, waited);
    if (!std::getenv("JOURNAL_STREAM"))
        return spdlog::info("{}", text);
    const auto field = [](const char* name, const auto& value) {
        return std::format("{}={}", name, value);
    };
    const std::array fields = {field("MESSAGE", text),
                               field("MESSAGE_ID", kMessageId),
                               field("PRIORITY", 6),
                               field("GAMESCHED_GAME_ID", game.id),
                               field("GAMESCHED_GAME_NAME", game.name),
                               field("GAMESCHED_APP_ID", game.app_id),
                               field("GAMESCHED_DURATION_USEC", number(summary, "DurationUSec")),
                               field("GAMESCHED_WAITS", number(times, "Count")),
                               field("GAMESCHED_WAIT_P50_USEC", number(times, "P50USec")),
                               field("GAMESCHED_WAIT_P99_USEC", number(times, "P99USec")),
                               field("GAMESCHED_WAIT_MAX_USEC", number(times, "MaxUSec"))};
    std::array<iovec, fields.size()> parts = {};
    for (size_t i = 0; i < fields.size(); ++i)
        parts[i] = {const_cast<char*>(fields[i].data()), fields[i].size()};
    sd_journal_sendv(parts.data(), static_cast<int>(parts.size()));
}

}  // namespace

Summaries::Summaries(const Core& core, History history)
    : core_(core), history_(std::move(history)) {}

std::array<uint64_t, 3> Summaries::counted() const {
    std::array<uint64_t, kTold.size()> counted = {};
    if (const auto counters = core_.backend.counters())
        for (size_t i = 0; i < kTold.size(); ++i)
            counted[i] = counters->counters[kTold[i].second];
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
        counted[kTold[i].first] = sdbus::Variant(now[i] - (is_same ? start->second.counted[i] : 0));
    return counted;
}

Measurements Summaries::on_exited(const Game& game, const GameEnd& end) {
    Measurements summary;
    if (const auto waits = core_.backend.game_waits(game.tree)) {
        summary = measurements_of(*waits);
        summary["Counted"] = sdbus::Variant(counted_since(game.id));
    }
    at_start_.erase(game.id);
    summary["Cause"] = sdbus::Variant(std::string(end.unregistered ? "unregistered" : "exited"));
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
    line["Name"] = sdbus::Variant(game.name);
    line["AppId"] = sdbus::Variant(game.app_id);
    line["Executable"] = sdbus::Variant(game.executable);
    line["User"] = sdbus::Variant(uint32_t{game.user});
    line["Source"] = sdbus::Variant(std::string(to_string(game.source)));
    line["Profile"] = sdbus::Variant(core_.profile());
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

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/games/store.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/mman.h>
#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <cstring>
#include <format>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "service/base/file.h"

namespace gamesched {
namespace {

using nlohmann::json;

constexpr char kFile[] = "state.json";
constexpr char kMemory[] = "state";  // among the descriptors that systemd keeps

std::filesystem::path path_of(const Fd& fd) {
    return std::format("/proc/self/fd/{}", fd.get());
}

json to_json(const Game& game) {
    return {{"id", game.id},
            {"pid", game.pid},
            {"start_time", game.start_time},
            {"user", game.user},
            {"name", game.name},
            {"app_id", game.app_id},
            {"executable", game.executable},
            {"main_pid", game.main_pid},
            {"source", to_string(game.source)},
            {"name_source", to_string(game.name_source)},
            {"profile", game.profile},
            {"tree_scope", game.scope == Scope::kTree},
            {"tree", game.tree},
            {"started", game.started.count()},
            {"started_monotonic", game.started_monotonic.count()}};
}

Game game_from(const json& value) {
    Game game;
    game.id = value.at("id");
    game.pid = value.at("pid");
    game.start_time = value.at("start_time");
    game.user = value.at("user");
    game.name = value.at("name");
    game.app_id = value.at("app_id");
    game.executable = value.at("executable");
    game.main_pid = value.at("main_pid");
    game.source =
        parse_game_source(value.at("source").get<std::string>()).value_or(GameSource::kRegistered);
    game.name_source =
        parse_name_source(value.value("name_source", "")).value_or(NameSource::kFound);
    game.profile = value.value("profile", "");  // absent in a file of an earlier version
    game.scope = value.at("tree_scope").get<bool>() ? Scope::kTree : Scope::kProcess;
    game.tree = value.at("tree");
    game.started = std::chrono::microseconds(value.at("started").get<int64_t>());
    game.started_monotonic =
        std::chrono::microseconds(value.at("started_monotonic").get<int64_t>());
    return game;
}

json to_json(const SchedulerPast& past) {
    json trips = json::array();
    for (const auto trip : past.recent_trips)
        trips.push_back(trip.count());
    return {{"was_on", past.was_on},
            {"trips", past.trips},
            {"recent_trips", std::move(trips)},
            {"off_until", past.off_until.count()},
            {"why_off", past.why_off}};
}

SchedulerPast scheduler_from(const json& value) {
    SchedulerPast past;
    past.was_on = value.at("was_on");
    past.trips = value.at("trips");
    for (const json& trip : value.at("recent_trips"))
        past.recent_trips.emplace_back(trip.get<int64_t>());
    past.off_until = std::chrono::microseconds(value.at("off_until").get<int64_t>());
    past.why_off = value.at("why_off");
    return past;
}

SavedState state_from(const json& value) {
    SavedState state;
    state.next_game_id = value.at("next_game_id");
    state.mode = value.at("mode");
    state.profile = value.value("profile", "");
    state.bus_id = value.at("bus_id");
    for (const json& game : value.at("games"))
        state.games.push_back(game_from(game));
    for (const json& launch : value.at("launches"))
        state.launches.push_back({launch.at("tree"), launch.at("pid"), launch.at("start_time"),
                                  launch.at("user"), launch.at("app_id"), launch.at("ignored")});
    for (const json& one : value.value("unwanted", json::array()))  // as above
        state.unwanted.push_back({one.at("pid"), one.at("start_time"), one.at("user")});
    for (const json& hold : value.at("holds"))
        state.holds.push_back({hold.at("cookie"), hold.at("owner"), hold.at("user"),
                               hold.at("app_id"), hold.at("reason"), hold.at("since_usec")});
    if (value.contains("scheduler"))  // as above
        state.scheduler = scheduler_from(value.at("scheduler"));
    return state;
}

// Nothing if there is none, or it is damaged.
std::optional<SavedState> read_state(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file)
        return std::nullopt;
    try {
        return state_from(json::parse(file));
    } catch (const json::exception& error) {
        spdlog::error("state: {} is damaged and ignored: {}", path.string(), error.what());
        return std::nullopt;
    }
}

}  // namespace

SavedState Store::load(std::map<std::string, Fd>& fds) {
    if (auto kept = fds.extract(kMemory); !kept.empty())
        memory_ = std::move(kept.mapped());
    if (directory_.empty())
        return {};
    auto state = memory_ ? read_state(path_of(memory_)) : std::nullopt;
    if (!state)
        state = read_state(directory_ / kFile);
    return state ? std::move(*state) : SavedState();
}

void Store::save(const SavedState& state, const std::vector<const Game*>& games) {
    if (directory_.empty())
        return;
    json value = {{"next_game_id", state.next_game_id},
                  {"mode", state.mode},
                  {"profile", state.profile},
                  {"bus_id", state.bus_id},
                  {"games", json::array()},
                  {"launches", json::array()},
                  {"unwanted", json::array()},
                  {"holds", json::array()},
                  {"scheduler", to_json(state.scheduler)}};
    for (const Game* game : games)
        value["games"].push_back(to_json(*game));
    for (const SavedLaunch& launch : state.launches)
        value["launches"].push_back({{"tree", launch.tree},
                                     {"pid", launch.pid},
                                     {"start_time", launch.start_time},
                                     {"user", launch.user},
                                     {"app_id", launch.app_id},
                                     {"ignored", launch.ignored}});
    for (const UnwantedProcess& one : state.unwanted)
        value["unwanted"].push_back(
            {{"pid", one.pid}, {"start_time", one.start_time}, {"user", one.user}});
    for (const SavedHold& hold : state.holds)
        value["holds"].push_back({{"cookie", hold.cookie},
                                  {"owner", hold.owner},
                                  {"user", hold.user},
                                  {"app_id", hold.app_id},
                                  {"reason", hold.reason},
                                  {"since_usec", hold.since_usec}});
    const auto path = directory_ / kFile;
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text == written_)
        return;
    const auto written = replace_file(path, text);
    const bool kept = !written && keep_in_memory(text);
    if (written && std::exchange(memory_, Fd()))
        drop_fd(kMemory);
    written_ = written ? std::move(text) : "";
    const bool failed_before = std::exchange(failing_, !written);
    if (!written && !failed_before)
        spdlog::error("state: {} cannot be written: {}; until it can, {}", path.string(),
                      std::strerror(written.error()),
                      kept ? "systemd keeps it in memory"
                           : "games may be forgotten when the service is restarted");
    else if (written && failed_before)
        spdlog::info("state: {} can be written again", path.string());
}

bool Store::keep_in_memory(std::string_view text) {
    if (!memory_) {
        memory_ = Fd(memfd_create("gamesched-state", MFD_CLOEXEC));
        if (!memory_)
            return false;
        keep_fd(kMemory, memory_.get());
    }
    return write_attribute(path_of(memory_), text).has_value();
}

void Store::keep_fd(const std::string& name, int fd) {
    // Not polled: systemd would drop a BPF map at once, whose poll is an error.
    const std::string message = std::format("FDSTORE=1\nFDPOLL=0\nFDNAME={}", name);
    sd_pid_notify_with_fds(0, 0, message.c_str(), &fd, 1);
}

void Store::drop_fd(const std::string& name) {
    sd_notifyf(0, "FDSTOREREMOVE=1\nFDNAME=%s", name.c_str());
}

std::map<std::string, Fd> Store::take_fds() {
    std::map<std::string, Fd> fds;
    char** names = nullptr;
    const int count = sd_listen_fds_with_names(1, &names);
    for (int i = 0; i < count; ++i) {
        fcntl(SD_LISTEN_FDS_START + i, F_SETFD, FD_CLOEXEC);
        // Of several the newest, which is first.
        fds.emplace(names[i], Fd(SD_LISTEN_FDS_START + i));
        free(names[i]);
    }
    free(names);
    return fds;
}

}  // namespace gamesched

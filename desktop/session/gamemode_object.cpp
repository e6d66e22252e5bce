// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/gamemode_object.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "dbus/names.h"
#include "service/base/process.h"

namespace gamesched::session {
namespace {

constexpr char kBusDaemon[] = "org.freedesktop.DBus";

// When the bus has gone there is nobody to tell, and what is done goes on being undone.
template <typename Signals>
void announce(Signals signals) {
    try {
        signals();
    } catch (const sdbus::Error& error) {
        spdlog::debug("Nobody was told: {}", error.getMessage());
    }
}

Result<Fd> open_game(pid_t pid) {
    return open_pidfd(pid > 0 ? static_cast<uint32_t>(pid) : 0);
}

}  // namespace

GameModeObject::GameModeObject(sdbus::IConnection& connection, Queue& queue, Bridge& bridge,
                               const Games& games)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kGameModePath)),
      queue_(queue),
      bridge_(bridge),
      games_(games),
      bus_daemon_(sdbus::createProxy(connection, sdbus::ServiceName(kBusDaemon),
                                     sdbus::ObjectPath("/org/freedesktop/DBus"))) {
    bridge_.set_announcements({.registered = [this](const Game& game) { on_registered(game); },
                               .unregistered = [this](pid_t pid) { on_unregistered(pid); },
                               .changed = [this](const Game& game) { on_changed(game); }});
    registerAdaptor();
}

GameModeObject::~GameModeObject() {
    presence_.reset();
    unregisterAdaptor();
}

// ------------------------------------------------------------------ requests

// The turn lasts as long as somebody can still answer.
void GameModeObject::enqueue(Code&& result, std::function<void(Answer)> request) {
    auto reply = keep(std::move(result), int32_t{kFailed}, presence_);
    queue_.add([reply = std::move(reply), request = std::move(request)](Turn turn) {
        request([reply, turn = std::move(turn)](int code) { reply->answer(code); });
    });
}

void GameModeObject::for_itself(Code&& result, int32_t pid, Act act) {
    enqueue(std::move(result), [this, pid, act](Answer answer) {
        (this->*act)({.parties = {.game = pid, .requester = pid}, .game = open_game(pid)},
                     std::move(answer));
    });
}

void GameModeObject::for_pids(Code&& result, int32_t first, int32_t second, Act act) {
    const char* const sender = getObject().getCurrentlyProcessedMessage().getSender();
    enqueue(std::move(result), [this, sender = std::string(sender != nullptr ? sender : ""), first,
                                second, act](Answer answer) {
        find_pid_of(sender, [this, first, second, act, answer = std::move(answer)](pid_t pid) {
            const Parties parties = parties_of(first, second, pid);
            (this->*act)({.parties = parties, .game = open_game(parties.game)}, answer);
        });
    });
}

// 0 if it has left the bus.
void GameModeObject::find_pid_of(const std::string& sender, std::function<void(pid_t)> found) {
    try {
        bus_daemon_->callMethodAsync("GetConnectionUnixProcessID")
            .onInterface(kBusDaemon)
            .withArguments(sender)
            .uponReplyInvoke([found](std::optional<sdbus::Error> error, uint32_t pid) {
                found(error ? 0 : static_cast<pid_t>(pid));
            });
    } catch (const sdbus::Error&) {
        found(0);
    }
}

void GameModeObject::for_pidfds(Code&& result, sdbus::UnixFd game, sdbus::UnixFd requester,
                                Act act) {
    enqueue(std::move(result), [this, game = std::move(game), requester = std::move(requester),
                                act](Answer answer) {
        const auto game_pid = pid_of_pidfd(game.get()), own_pid = pid_of_pidfd(requester.get());
        if (!game_pid || !own_pid)
            return answer(kFailed);
        (this->*act)({.parties = {.game = *game_pid, .requester = *own_pid},
                      .game = Fd(sdbus::UnixFd(game.get()).release())},
                     std::move(answer));
    });
}

void GameModeObject::do_register(Processes processes, Answer answer) {
    bridge_.register_game(std::move(processes.game), processes.parties, std::move(answer));
}

void GameModeObject::do_unregister(Processes processes, Answer answer) {
    bridge_.unregister_game(processes.parties, std::move(answer));
}

void GameModeObject::do_query(Processes processes, Answer answer) {
    answer(bridge_.query(processes.parties));
}

void GameModeObject::RegisterGame(Code&& result, int32_t pid) {
    for_itself(std::move(result), pid, &GameModeObject::do_register);
}

void GameModeObject::UnregisterGame(Code&& result, int32_t pid) {
    for_itself(std::move(result), pid, &GameModeObject::do_unregister);
}

void GameModeObject::QueryStatus(Code&& result, int32_t pid) {
    for_itself(std::move(result), pid, &GameModeObject::do_query);
}

void GameModeObject::RegisterGameByPID(Code&& result, int32_t game, int32_t requester) {
    for_pids(std::move(result), game, requester, &GameModeObject::do_register);
}

void GameModeObject::UnregisterGameByPID(Code&& result, int32_t game, int32_t requester) {
    for_pids(std::move(result), game, requester, &GameModeObject::do_unregister);
}

void GameModeObject::QueryStatusByPID(Code&& result, int32_t game, int32_t requester) {
    for_pids(std::move(result), game, requester, &GameModeObject::do_query);
}

void GameModeObject::RegisterGameByPIDFd(Code&& result, sdbus::UnixFd game,
                                         sdbus::UnixFd requester) {
    for_pidfds(std::move(result), std::move(game), std::move(requester),
               &GameModeObject::do_register);
}

void GameModeObject::UnregisterGameByPIDFd(Code&& result, sdbus::UnixFd game,
                                           sdbus::UnixFd requester) {
    for_pidfds(std::move(result), std::move(game), std::move(requester),
               &GameModeObject::do_unregister);
}

void GameModeObject::QueryStatusByPIDFd(Code&& result, sdbus::UnixFd game,
                                        sdbus::UnixFd requester) {
    for_pidfds(std::move(result), std::move(game), std::move(requester), &GameModeObject::do_query);
}

void GameModeObject::RestartGamemode(Code&& result, int32_t caller) {
    enqueue(std::move(result),
            [this, caller](Answer answer) { bridge_.restart(caller, std::move(answer)); });
}

void GameModeObject::RefreshConfig(Code&& result) {
    enqueue(std::move(result),
            [this](Answer answer) { bridge_.refresh_config(std::move(answer)); });
}

void GameModeObject::ListGames(sdbus::Result<GameList>&& result) {
    queue_.add([this, reply = keep(std::move(result), GameList(), presence_)](Turn) {
        GameList list;
        for (const pid_t pid : games_.pids())
            list.emplace_back(pid, path_of_game(pid));
        reply->answer(list);
    });
}

int32_t GameModeObject::ClientCount() {
    return static_cast<int32_t>(games_.count());
}

// ------------------------------------------------------------------ signals

void GameModeObject::on_registered(const Game& game) {
    announce([&] {
        objects_[game.pid] = std::make_unique<GameObject>(getObject().getConnection(), game);
        emitGameRegistered(game.pid, path_of_game(game.pid));
        announce_count();
    });
}

void GameModeObject::on_unregistered(pid_t pid) {
    announce([&] {
        objects_.erase(pid);
        emitGameUnregistered(pid, path_of_game(pid));
        announce_count();
    });
}

void GameModeObject::on_changed(const Game& game) {
    announce([&] {
        if (const auto found = objects_.find(game.pid); found != objects_.end())
            found->second->update(game);
    });
}

void GameModeObject::announce_count() {
    getObject().emitPropertiesChangedSignal(GameMode_adaptor::INTERFACE_NAME,
                                            {sdbus::PropertyName("ClientCount")});
}

}  // namespace gamesched::session

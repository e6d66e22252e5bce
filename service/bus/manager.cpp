// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/manager.h"

#include <fcntl.h>

#include "dbus/names.h"
#include "service/base/process.h"
#include "service/bus/errors.h"
#include "service/bus/judgement.h"
#include "service/bus/measurements.h"
#include "service/bus/reply.h"
#include "service/version.h"

namespace gamesched {
namespace {

Result<std::string> text_option(const std::string& key, const sdbus::Variant& value) {
    if (!value.containsValueOfType<std::string>())
        return fail(ErrorKind::kInvalidArgument, std::format("options: {} must be a string", key));
    auto text = value.get<std::string>();
    if (text.size() > Tracker::kMaxNameBytes)
        return fail(ErrorKind::kInvalidArgument,
                    std::format("options: {} has more than {} bytes", key, Tracker::kMaxNameBytes));
    return text;
}

Result<GameSource> source_option(const std::string& text) {
    const auto source = parse_game_source(text);
    if (!source || *source == GameSource::kDetected)
        return fail(ErrorKind::kInvalidArgument,
                    "options: Source must be \"registered\" or \"gamemode\"");
    return *source;
}

Result<Scope> scope_option(const std::string& text) {
    if (text == "process")
        return Scope::kProcess;
    if (text == "tree")
        return Scope::kTree;
    return fail(ErrorKind::kInvalidArgument, "options: Scope must be \"process\" or \"tree\"");
}

Result<Registration> parse_options(const std::map<std::string, sdbus::Variant>& options,
                                   const Profiles& profiles) {
    Registration registration;
    for (const auto& [key, value] : options) {
        if (key == "Requester") {
            if (!value.containsValueOfType<uint32_t>())
                return fail(ErrorKind::kInvalidArgument, "options: Requester must be a PID (u)");
            registration.requester = value.get<uint32_t>();
            continue;
        }
        if (key != "Name" && key != "DefaultName" && key != "AppId" && key != "Profile" &&
            key != "Scope" && key != "Source")
            return fail(ErrorKind::kInvalidArgument,
                        std::format("options: there is no option \"{}\"",
                                    printable(key, Tracker::kMaxNameBytes)));
        const auto text = text_option(key, value);
        if (!text)
            return std::unexpected(text.error());
        if (key == "Name") {
            registration.name = *text;
        } else if (key == "DefaultName") {
            registration.default_name = *text;
        } else if (key == "AppId") {
            registration.app_id = *text;
        } else if (key == "Profile") {
            if (const auto known = profiles.check_wish(*text); !known)
                return std::unexpected(known.error());
            registration.profile = *text;
        } else if (key == "Source") {
            const auto source = source_option(*text);
            if (!source)
                return std::unexpected(source.error());
            registration.source = *source;
        } else {
            const auto scope = scope_option(*text);
            if (!scope)
                return std::unexpected(scope.error());
            registration.scope = *scope;
        }
    }
    return registration;
}

Result<Fd> duplicate(const sdbus::UnixFd& fd) {
    Fd copy(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
    if (!copy)
        return fail_errno("Keeping the pidfd", errno);
    return copy;
}

sdbus::PropertyName property(const char* name) {
    return sdbus::PropertyName(name);
}

}  // namespace

ManagerObject::ManagerObject(sdbus::IConnection& connection, Calls& calls, Authority& authority,
                             Core& core, Summaries& summaries)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kManagerPath)),
      calls_(calls),
      authority_(authority),
      core_(core),
      summaries_(summaries) {
    registerAdaptor();
}

ManagerObject::~ManagerObject() {
    unregisterAdaptor();
}

// ------------------------------------------------------------------ games

void ManagerObject::restore_games() {
    for (const Game* game : core_.tracker.games())
        games_[game->id] = make_object(*game);
}

std::unique_ptr<GameObject> ManagerObject::make_object(const Game& game) {
    return std::make_unique<GameObject>(
        getObject().getConnection(), calls_, authority_, core_.tracker, game,
        [this, tree = game.tree, started = game.started_monotonic]() -> Result<Measurements> {
            const auto times = core_.backend.game_times(tree);
            if (!times)
                return std::unexpected(times.error());
            Measurements stats = measurements_of(*times, started);
            if (const auto threads = core_.backend.count_threads(tree))
                stats["ThreadsByRole"] = measurements_of(*threads);
            return stats;
        });
}

void ManagerObject::on_game_started(const Game& game) {
    auto& object = games_[game.id];
    object = make_object(game);
    object->announce();
    summaries_.on_started(game);
    emitGameStarted(path_of_game(game.id), static_cast<uint32_t>(game.pid), game.name, game.app_id,
                    to_string(game.source));
    emit_changed({property("Games")});
}

void ManagerObject::on_game_exited(const Game& game, const GameEnd& end) {
    const Measurements summary = summaries_.on_exited(game, end);
    emitGameExited(path_of_game(game.id), static_cast<uint32_t>(game.pid), game.name,
                   on_bus(summary));
    // Who waits for the end does not wait for a disk.
    summaries_.remember(game, summary);
    if (auto node = games_.extract(game.id); !node.empty())
        node.mapped()->retract();
    emit_changed({property("Games")});
}

void ManagerObject::on_game_changed(const Game& game) {
    if (const auto found = games_.find(game.id); found != games_.end())
        found->second->update(game);
}

void ManagerObject::emit_changed(std::vector<sdbus::PropertyName> properties) {
    getObject().emitPropertiesChangedSignal(Manager_adaptor::INTERFACE_NAME, properties);
}

void ManagerObject::RegisterGame(sdbus::Result<sdbus::ObjectPath>&& result, uint32_t pid,
                                 Options options) {
    register_by_fd(std::move(result), open_pidfd(pid), options);
}

void ManagerObject::RegisterGameByPidFd(sdbus::Result<sdbus::ObjectPath>&& result,
                                        sdbus::UnixFd pidfd, Options options) {
    register_by_fd(std::move(result), duplicate(pidfd), options);
}

void ManagerObject::register_by_fd(sdbus::Result<sdbus::ObjectPath>&& result, Result<Fd> pidfd,
                                   const Options& options) {
    if (!pidfd)
        return authority_.refuse(calls_.caller(), std::move(result), pidfd.error());
    if (calls_.entries_of_options() != options.size())
        return authority_.refuse(
            calls_.caller(), std::move(result),
            {ErrorKind::kInvalidArgument, "options: an option is given twice"});
    const auto registration = parse_options(options, core_.profiles);
    if (!registration)
        return authority_.refuse(calls_.caller(), std::move(result), registration.error());
    if (const auto pid = pid_of_pidfd(pidfd->get()); !pid)
        return authority_.refuse(calls_.caller(), std::move(result), pid.error());
    const auto process = std::make_shared<Fd>(std::move(*pidfd));
    authority_.check(
        calls_.caller(),
        [process](uid_t caller) { return action_for_owner(owner_of(process->get()), caller); },
        [this, process, registration = *registration,
         reply = keep(std::move(result))](Result<uid_t> caller) {
            if (!caller)
                return reply->returnError(to_wire(caller.error()));
            const auto id = core_.tracker.register_game(std::move(*process), registration);
            if (!id)
                return reply->returnError(to_wire(id.error()));
            reply->returnResults(path_of_game(*id));
        });
}

void ManagerObject::UnregisterGame(sdbus::Result<>&& result, uint32_t pid) {
    auto pidfd = open_pidfd(pid);
    const bool gone =
        pidfd ? has_exited(pidfd->get()) : pidfd.error().kind == ErrorKind::kNoSuchProcess;
    if (const Game* game = gone ? core_.tracker.find_rootless(static_cast<pid_t>(pid)) : nullptr)
        return unregister(
            std::move(result), [user = game->user]() -> Result<uid_t> { return user; },
            [this, id = game->id] { return core_.tracker.unregister_game(id); });
    unregister_by_fd(std::move(result), std::move(pidfd));
}

void ManagerObject::unregister(sdbus::Result<>&& result, std::function<Result<uid_t>()> owner,
                               std::function<Result<void>()> end) {
    authority_.check(
        calls_.caller(),
        [owner = std::move(owner)](uid_t caller) { return action_for_owner(owner(), caller); },
        [end = std::move(end), reply = keep(std::move(result))](Result<uid_t> caller) {
            if (!caller)
                return reply->returnError(to_wire(caller.error()));
            if (const auto done = end(); !done)
                return reply->returnError(to_wire(done.error()));
            reply->returnResults();
        });
}

void ManagerObject::UnregisterGameByPidFd(sdbus::Result<>&& result, sdbus::UnixFd pidfd) {
    unregister_by_fd(std::move(result), duplicate(pidfd));
}

void ManagerObject::unregister_by_fd(sdbus::Result<>&& result, Result<Fd> pidfd) {
    if (!pidfd)
        return authority_.refuse(calls_.caller(), std::move(result), pidfd.error());
    if (const auto pid = pid_of_pidfd(pidfd->get()); !pid)
        return authority_.refuse(calls_.caller(), std::move(result), pid.error());
    const auto process = std::make_shared<Fd>(std::move(*pidfd));
    unregister(
        std::move(result), [process] { return owner_of(process->get()); },
        [this, process] { return core_.tracker.unregister_game(process->get()); });
}

void ManagerObject::Why(sdbus::Result<Dictionary>&& result, uint32_t pid) {
    auto pidfd = open_pidfd(pid);
    if (!pidfd)
        return authority_.refuse(calls_.caller(), std::move(result), pidfd.error());
    const auto process = std::make_shared<Fd>(std::move(*pidfd));
    authority_.check(
        calls_.caller(),
        [process](uid_t caller) { return action_for_owner(owner_of(process->get()), caller); },
        [this, process, pid, reply = keep(std::move(result))](Result<uid_t> caller) {
            if (!caller)
                return reply->returnError(to_wire(caller.error()));
            const auto judgement = core_.detector.judge(static_cast<pid_t>(pid));
            if (!judgement || has_exited(process->get()))
                return reply->returnError(
                    to_wire({ErrorKind::kNoSuchProcess, std::format("Process {} is gone", pid)}));
            Dictionary answer = describe(*judgement);
            if (const Game* game = core_.tracker.find_by_process(static_cast<pid_t>(pid)))
                answer["Game"] = sdbus::Variant(path_of_game(game->id));
            reply->returnResults(answer);
        });
}

void ManagerObject::SetFocus(sdbus::Result<>&& result, uint32_t pid) {
    auto pidfd = pid == 0 ? Result<Fd>() : open_pidfd(pid);
    if (!pidfd)
        return authority_.refuse(calls_.caller(), std::move(result), pidfd.error());
    authority_.check(calls_.caller(), actions::kSetFocus,
                     [this, window = std::make_shared<Fd>(std::move(*pidfd)),
                      reply = keep(std::move(result))](Result<uid_t> user) {
                         if (!user)
                             return reply->returnError(to_wire(user.error()));
                         core_.set_focus(std::move(*window), *user);
                         reply->returnResults();
                     });
}

sdbus::ObjectPath ManagerObject::Focus() {
    const Game* game = core_.focus.game();
    return game ? path_of_game(game->id) : sdbus::ObjectPath("/");
}

std::vector<sdbus::ObjectPath> ManagerObject::Games() {
    std::vector<sdbus::ObjectPath> paths;
    for (const Game* game : core_.tracker.games())
        paths.push_back(path_of_game(game->id));
    return paths;
}

// ------------------------------------------------------------------ holds, mode, configuration

void ManagerObject::Hold(sdbus::Result<uint32_t>&& result, std::string app_id, std::string reason) {
    // What is too long is not kept until polkit answers.
    if (const auto valid = Holds::check(app_id, reason); !valid)
        return authority_.refuse(calls_.caller(), std::move(result), valid.error());
    const Caller caller = calls_.caller();
    authority_.check(
        caller, actions::kHold,
        [this, owner = caller.name, app_id = std::move(app_id), reason = std::move(reason),
         reply = keep(std::move(result))](Result<uid_t> user) {
            if (!user)
                return reply->returnError(to_wire(user.error()));
            const auto cookie = core_.holds.add(owner, *user, app_id, reason);
            if (!cookie)
                return reply->returnError(to_wire(cookie.error()));
            reply->returnResults(*cookie);
        });
}

void ManagerObject::Release(const uint32_t& cookie) {
    if (const auto released = core_.holds.release(calls_.caller().name, cookie); !released)
        throw to_wire(released.error());
}

void ManagerObject::tell_released(const SavedHold& hold) {
    auto signal = getObject().createSignal(sdbus::InterfaceName(Manager_adaptor::INTERFACE_NAME),
                                           sdbus::SignalName("HoldReleased"));
    signal.setDestination(hold.owner);
    signal << hold.cookie;
    signal.send();
}

void ManagerObject::SetMode(sdbus::Result<>&& result, std::string text) {
    const auto mode = parse_mode(text);
    if (!mode)
        return authority_.refuse(
            calls_.caller(), std::move(result),
            {ErrorKind::kInvalidArgument, "mode: must be \"auto\", \"on\" or \"off\""});
    authority_.check(calls_.caller(), actions::kSetMode,
                     [this, mode = *mode, reply = keep(std::move(result))](Result<uid_t> user) {
                         if (!user)
                             return reply->returnError(to_wire(user.error()));
                         for (const SavedHold& hold : core_.set_mode(mode))
                             tell_released(hold);
                         reply->returnResults();
                     });
}

void ManagerObject::SetProfile(sdbus::Result<>&& result, std::string name) {
    // Before anybody types a password for nothing.
    if (const auto known = core_.profiles.check_wish(name); !known)
        return authority_.refuse(calls_.caller(), std::move(result), known.error());
    authority_.check(
        calls_.caller(), actions::kSetProfile,
        [this, name = std::move(name), reply = keep(std::move(result))](Result<uid_t> user) {
            if (!user)
                return reply->returnError(to_wire(user.error()));
            if (const auto done = core_.set_profile(name); !done)
                return reply->returnError(to_wire(done.error()));
            reply->returnResults();
        });
}

void ManagerObject::Reload(sdbus::Result<>&& result) {
    authority_.check(calls_.caller(), actions::kReload,
                     [this, reply = keep(std::move(result))](Result<uid_t> user) {
                         if (!user)
                             return reply->returnError(to_wire(user.error()));
                         if (const auto done = core_.reload(); !done)
                             return reply->returnError(to_wire(done.error()));
                         reply->returnResults();
                     });
}

std::string ManagerObject::Mode() {
    return to_string(core_.mode());
}

std::string ManagerObject::Profile() {
    return core_.profile();
}

std::vector<std::string> ManagerObject::Profiles() {
    return core_.profiles.names();
}

bool ManagerObject::Active() {
    return core_.active();
}

std::vector<ManagerObject::Dictionary> ManagerObject::Holds() {
    std::vector<Dictionary> holds;
    for (const SavedHold& hold : core_.holds.all())
        holds.push_back({{"AppId", sdbus::Variant(hold.app_id)},
                         {"Reason", sdbus::Variant(hold.reason)},
                         {"User", sdbus::Variant(uint32_t{hold.user})},
                         {"SinceUSec", sdbus::Variant(static_cast<uint64_t>(hold.since_usec))}});
    return holds;
}

std::string ManagerObject::Version() {
    return kVersion;
}

ManagerObject::Dictionary ManagerObject::Features() {
    Dictionary features;
    for (const auto& [name, value] : core_.features()) {
        if (const bool* present = std::get_if<bool>(&value))
            features[name] = sdbus::Variant(*present);
        else
            features[name] = sdbus::Variant(std::get<std::string>(value));
    }
    return features;
}

ManagerObject::Dictionary ManagerObject::Power() {
    Dictionary items;
    for (const auto& [item, state] : core_.power())
        items[item] = sdbus::Variant(state);
    return items;
}

uint64_t ManagerObject::ScopeWeight() {
    return core_.scope_weight();
}

}  // namespace gamesched

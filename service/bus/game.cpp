// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/game.h"

#include "dbus/names.h"
#include "service/bus/errors.h"
#include "service/bus/measurements.h"
#include "service/bus/reply.h"

namespace gamesched {

sdbus::ObjectPath path_of_game(uint64_t id) {
    return sdbus::ObjectPath(names::kGamePathPrefix + std::to_string(id));
}

namespace {

uint32_t main_pid_of(const Game& game) {
    return static_cast<uint32_t>(game.main_pid != 0 ? game.main_pid : game.pid);
}

}  // namespace

GameObject::GameObject(sdbus::IConnection& connection, Calls& calls, Authority& authority,
                       Tracker& tracker, const Game& game, Stats stats)
    : AdaptorInterfaces(connection, path_of_game(game.id)),
      calls_(calls),
      authority_(authority),
      tracker_(tracker),
      id_(game.id),
      pid_(static_cast<uint32_t>(game.pid)),
      main_pid_(main_pid_of(game)),
      evidence_(evidence_now()),
      name_(game.name),
      name_source_(to_string(game.name_source)),
      app_id_(game.app_id),
      executable_(game.executable),
      user_(game.user),
      source_(to_string(game.source)),
      profile_(game.profile),
      scope_(game.scope == Scope::kTree ? "tree" : "process"),
      started_(static_cast<uint64_t>(game.started.count())),
      stats_(std::move(stats)) {
    registerAdaptor();
}

GameObject::~GameObject() {
    unregisterAdaptor();
}

EvidenceOnBus GameObject::evidence_now() const {
    const Judgement* judgement = tracker_.judgement_of(id_);
    return judgement ? evidence_of(*judgement) : EvidenceOnBus();
}

void GameObject::SetTitle(sdbus::Result<>&& result, std::string title) {
    if (title.empty() || title.size() > Tracker::kMaxNameBytes)
        return authority_.refuse(
            calls_.caller(), std::move(result),
            {ErrorKind::kInvalidArgument,
             std::format("title: must have 1 to {} bytes", Tracker::kMaxNameBytes)});
    // The game may end, and this object with it, before polkit answers.
    authority_.check(
        calls_.caller(),
        [owner = uid_t{user_}](uid_t caller) { return action_for_owner(owner, caller); },
        [&tracker = tracker_, id = id_, title = std::move(title),
         reply = keep(std::move(result))](Result<uid_t> caller) {
            if (!caller)
                return reply->returnError(to_wire(caller.error()));
            if (const auto done = tracker.set_title(id, title); !done)
                return reply->returnError(to_wire(done.error()));
            reply->returnResults();
        });
}

void GameObject::announce() {
    emitInterfacesAddedSignal();
}

void GameObject::retract() {
    emitInterfacesRemovedSignal();
}

std::map<std::string, sdbus::Variant> GameObject::GetStats() {
    const auto stats = stats_();
    if (!stats)
        throw to_wire(stats.error());
    return on_bus(*stats);
}

void GameObject::update(const Game& game) {
    main_pid_ = main_pid_of(game);
    evidence_ = evidence_now();
    name_ = game.name;
    name_source_ = to_string(game.name_source);
    app_id_ = game.app_id;
    executable_ = game.executable;
    profile_ = game.profile;
    getObject().emitPropertiesChangedSignal(
        Game_adaptor::INTERFACE_NAME,
        {sdbus::PropertyName("Name"), sdbus::PropertyName("NameSource"),
         sdbus::PropertyName("AppId"), sdbus::PropertyName("Executable"),
         sdbus::PropertyName("Profile"), sdbus::PropertyName("MainPid"),
         sdbus::PropertyName("Evidence")});
}

}  // namespace gamesched

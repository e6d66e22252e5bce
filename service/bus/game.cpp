// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/game.h"

#include "dbus/names.h"
#include "service/bus/errors.h"

namespace gamesched {

sdbus::ObjectPath path_of_game(uint64_t id) {
    return sdbus::ObjectPath(names::kGamePathPrefix + std::to_string(id));
}

namespace {

uint32_t main_pid_of(const Game& game) {
    return static_cast<uint32_t>(game.main_pid != 0 ? game.main_pid : game.pid);
}

}  // namespace

GameObject::GameObject(sdbus::IConnection& connection, const Game& game, const Judgement* judgement,
                       Stats stats)
    : AdaptorInterfaces(connection, path_of_game(game.id)),
      pid_(static_cast<uint32_t>(game.pid)),
      main_pid_(main_pid_of(game)),
      evidence_(judgement ? evidence_of(*judgement) : EvidenceOnBus()),
      name_(game.name),
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

void GameObject::announce() {
    emitInterfacesAddedSignal();
}

void GameObject::retract() {
    emitInterfacesRemovedSignal();
}

Measurements GameObject::GetStats() {
    auto stats = stats_();
    if (!stats)
        throw to_wire(stats.error());
    return std::move(*stats);
}

void GameObject::update(const Game& game, const Judgement* judgement) {
    main_pid_ = main_pid_of(game);
    evidence_ = judgement ? evidence_of(*judgement) : EvidenceOnBus();
    name_ = game.name;
    app_id_ = game.app_id;
    executable_ = game.executable;
    profile_ = game.profile;
    getObject().emitPropertiesChangedSignal(
        Game_adaptor::INTERFACE_NAME,
        {sdbus::PropertyName("Name"), sdbus::PropertyName("AppId"),
         sdbus::PropertyName("Executable"), sdbus::PropertyName("Profile"),
         sdbus::PropertyName("MainPid"), sdbus::PropertyName("Evidence")});
}

}  // namespace gamesched

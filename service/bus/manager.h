// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1.Manager and its ObjectManager.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <map>
#include <memory>

#include "dbus/manager-adaptor.h"
#include "service/bus/authority.h"
#include "service/bus/calls.h"
#include "service/bus/game.h"
#include "service/bus/summaries.h"
#include "service/core.h"

namespace gamesched {

class ManagerObject : public sdbus::AdaptorInterfaces<org::gamesched1::Manager_adaptor,
                                                      sdbus::ObjectManager_adaptor> {
  public:
    ManagerObject(sdbus::IConnection& connection, Calls& calls, Authority& authority, Core& core,
                  Summaries& summaries);
    virtual ~ManagerObject();

    // Objects without signals: games that are known from a previous life.
    void restore_games();
    void on_game_started(const Game& game);
    void on_game_exited(const Game& game, const GameEnd& end);
    void on_game_changed(const Game& game);
    void emit_changed(std::vector<sdbus::PropertyName> properties);

  private:
    using Options = std::map<std::string, sdbus::Variant>;
    using Dictionary = std::map<std::string, sdbus::Variant>;

    void RegisterGame(sdbus::Result<sdbus::ObjectPath>&& result, uint32_t pid,
                      Options options) override;
    void RegisterGameByPidFd(sdbus::Result<sdbus::ObjectPath>&& result, sdbus::UnixFd pidfd,
                             Options options) override;
    void UnregisterGame(sdbus::Result<>&& result, uint32_t pid) override;
    void UnregisterGameByPidFd(sdbus::Result<>&& result, sdbus::UnixFd pidfd) override;
    void Why(sdbus::Result<Dictionary>&& result, uint32_t pid) override;
    void Hold(sdbus::Result<uint32_t>&& result, std::string app_id, std::string reason) override;
    void Release(const uint32_t& cookie) override;
    void SetMode(sdbus::Result<>&& result, std::string mode) override;
    void SetFocus(sdbus::Result<>&& result, uint32_t pid) override;
    void SetProfile(sdbus::Result<>&& result, std::string name) override;
    void Reload(sdbus::Result<>&& result) override;

    std::string Mode() override;
    bool Active() override;
    std::string Profile() override;
    std::vector<std::string> Profiles() override;
    std::vector<sdbus::ObjectPath> Games() override;
    sdbus::ObjectPath Focus() override;
    std::vector<Dictionary> Holds() override;
    std::string Version() override;
    Dictionary Features() override;
    Dictionary Power() override;
    uint64_t ScopeWeight() override;

    std::unique_ptr<GameObject> make_object(const Game& game);
    void register_by_fd(sdbus::Result<sdbus::ObjectPath>&& result, Result<Fd> pidfd,
                        const Options& options);
    void tell_released(const SavedHold& hold);  // to its owner only
    void unregister_by_fd(sdbus::Result<>&& result, Result<Fd> pidfd);
    void unregister(sdbus::Result<>&& result, std::function<Result<uid_t>()> owner,
                    std::function<Result<void>()> end);

    Calls& calls_;
    Authority& authority_;
    Core& core_;
    Summaries& summaries_;
    std::map<uint64_t, std::unique_ptr<GameObject>> games_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A hold of a power profile at power-profiles-daemon, or at tuned-ppd, which speaks the same: the
// daemon goes back to what its user has chosen when the hold ends, and ends it when we leave the
// bus.
//
// The daemon is looked for as long as a hold is wanted, called by its unique name and so never
// started, and nobody waits for its answers. If its user chooses a profile by hand, which ends all
// holds, it is not asked again.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "service/base/loop.h"
#include "service/power/name_owner.h"

namespace gamesched {

class ProfileHold {
  public:
    enum class State {
        kOff,       // nobody wants it
        kLooking,   // for a daemon
        kAbsent,    // there is none
        kPresent,   // there is one; it has not been asked
        kAsking,    // it has not answered
        kHeld,      //
        kRefused,   // for the reason of problem()
        kReleased,  // by somebody who has chosen a profile by hand
    };

    // `changed` is called after every change that no call of ours has made.
    ProfileHold(Loop& loop, sdbus::IConnection& connection, std::function<void()> changed);
    ~ProfileHold();

    // Looks for a daemon. `released`: see kReleased; known from a previous life.
    void start(bool released);
    // Releases.
    void stop();
    // In kPresent only.
    void ask(const std::string& profile);
    // Releases, and back to kPresent if there is a daemon.
    void take_back();

    State state() const { return state_; }
    const std::string& problem() const { return problem_; }
    // The daemon has let a long time pass.
    bool is_silent() const { return silent_; }

  private:
    struct Api {
        const char* name;  // and interface
        const char* path;
    };
    struct Claim;

    static const Api kApi, kOldApi;

    void on_owner();
    void on_answer(Claim& claim, const std::optional<sdbus::Error>& error, uint32_t cookie);
    void on_released(Claim& claim, uint32_t cookie);
    void on_silence();
    void enter(State state);
    void let_go();
    std::unique_ptr<Claim> make_claim(const std::string& profile);
    std::unique_ptr<Claim> unanswered_claim(const std::string& profile);

    Loop& loop_;
    sdbus::IConnection& connection_;
    std::function<void()> changed_;
    State state_ = State::kOff;
    std::string problem_;
    bool silent_ = false;
    const Api* api_ = nullptr;
    std::string owner_;
    std::unique_ptr<Claim> claim_;
    // Let go, and kept for the sake of answers that are still to come and of callbacks that run.
    std::vector<std::unique_ptr<Claim>> former_;
    Source patience_;
    std::unique_ptr<NameOwner> name_, old_name_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Who may: asks the bus who the caller is and polkit whether it may, both asynchronously. Default
// deny: whatever goes wrong on the way is a refusal. root may everything, so that the service can
// be used where there is no polkit. Everybody else may ask so often only; who asks more is refused,
// and waits a little for that, which slows down whoever asks again at once: the bus lets a client
// wait for 128 answers only. Calls that want no answer know no such brake: they are dropped, before
// anything is done for them, if an answer is all that they are for, or if their user has asked too
// often.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "service/base/error.h"
#include "service/base/loop.h"
#include "service/bus/filter.h"
#include "service/bus/rate_limit.h"
#include "service/bus/reply.h"

namespace gamesched {

namespace actions {
inline constexpr char kRegisterGame[] = "org.gamesched1.register-game";
inline constexpr char kRegisterAnyGame[] = "org.gamesched1.register-any-game";
inline constexpr char kHold[] = "org.gamesched1.hold";
inline constexpr char kSetMode[] = "org.gamesched1.set-mode";
inline constexpr char kSetFocus[] = "org.gamesched1.set-focus";
inline constexpr char kSetProfile[] = "org.gamesched1.set-profile";
inline constexpr char kSetTunable[] = "org.gamesched1.set-tunable";
inline constexpr char kReload[] = "org.gamesched1.reload";
}  // namespace actions

struct Caller {
    std::string name;  // unique name on the bus
    bool interactive = false;
};

// What it takes to speak for a process of `owner`: one's own, or another's.
Result<std::string> action_for_owner(const Result<uid_t>& owner, uid_t caller);

class Authority {
  public:
    static constexpr size_t kMaxPendingOfUser = 16;
    static constexpr size_t kMaxDelayed = 1024;  // further refusals are told at once
    static constexpr size_t kMaxAsking = 128;    // of one caller, until the bus has told who it is
    static constexpr size_t kMaxKnown = 256;     // all are asked for again if there are more

    // Called exactly once. On success with the caller's uid.
    using Answer = std::function<void(Result<uid_t>)>;
    // Which action it takes, once the caller's uid is known.
    using ActionFor = std::function<Result<std::string>(uid_t caller)>;

    // `bus` is the connection's own.
    Authority(Loop& loop, sdbus::IConnection& connection, sd_bus* bus);

    // For members that everybody may call.
    void identify(const Caller& caller, Answer answer);
    void check(const Caller& caller, ActionFor action_for, Answer answer);
    void check(const Caller& caller, const char* action, Answer answer);
    // Answers a call that cannot be served whoever its caller is: it counts like others.
    template <typename... Values>
    void refuse(const Caller& caller, sdbus::Result<Values...>&& result, const Error& error) {
        identify(caller, [error, reply = keep(std::move(result))](const Result<uid_t>& user) {
            reply->returnError(to_wire(user ? error : user.error()));
        });
    }

  private:
    struct Delayed {
        Answer answer;
        Source timer;
    };

    void on_identified(const std::string& name, const Result<uid_t>& user);
    void answer_for(uid_t user, const Answer& answer);
    bool is_to_be_dropped(sd_bus_message* message) const;
    void refuse_later(Answer answer);
    void ask_polkit(const Caller& caller, uid_t user, const std::string& action, Answer answer);

    Loop& loop_;
    std::unique_ptr<sdbus::IProxy> bus_;
    std::unique_ptr<sdbus::IProxy> polkit_;
    std::map<std::string, std::vector<Answer>> asking_;  // in their order
    std::map<std::string, uid_t> known_;  // users by names on the bus, which never come again
    std::map<uid_t, size_t> pending_;
    RateLimit limit_;
    std::list<Delayed> delayed_;
    Filter filter_;
};

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/authority.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-bus.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "service/base/clock.h"

namespace gamesched {
namespace {

// A password prompt takes as long as its user; the caller's own timeout ends the call for it.
constexpr auto kPromptTimeout = std::chrono::minutes(5);
constexpr uint32_t kAllowUserInteraction = 1;
constexpr auto kRefusalDelay = std::chrono::milliseconds(250);

// Members, of whichever interface, that do nothing but answer.
constexpr std::array<std::string_view, 10> kReads = {
    "Explain",  "Get",        "GetAll", "GetHistory",   "GetManagedObjects",
    "GetStats", "Introspect", "Ping",   "GetMachineId", "Why"};

std::unexpected<Error> denied(const std::string& action, std::string_view why) {
    return fail(ErrorKind::kAccessDenied, std::format("Not authorised for {}{}", action, why));
}

}  // namespace

Result<std::string> action_for_owner(const Result<uid_t>& owner, uid_t caller) {
    if (!owner)
        return std::unexpected(owner.error());
    return std::string(*owner == caller ? actions::kRegisterGame : actions::kRegisterAnyGame);
}

Authority::Authority(Loop& loop, sdbus::IConnection& connection, sd_bus* bus)
    : loop_(loop),
      bus_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.DBus"),
                              sdbus::ObjectPath("/org/freedesktop/DBus"))),
      polkit_(sdbus::createProxy(connection, sdbus::ServiceName("org.freedesktop.PolicyKit1"),
                                 sdbus::ObjectPath("/org/freedesktop/PolicyKit1/Authority"))),
      filter_(bus, [this](sd_bus_message* message) { return is_to_be_dropped(message); }) {}

bool Authority::is_to_be_dropped(sd_bus_message* message) const {
    if (sd_bus_message_is_method_call(message, nullptr, nullptr) <= 0 ||
        sd_bus_message_get_expect_reply(message) != 0)
        return false;
    const char* member = sd_bus_message_get_member(message);
    if (std::ranges::contains(kReads, std::string_view(member ? member : "")))
        return true;
    const char* sender = sd_bus_message_get_sender(message);
    const auto user = known_.find(sender ? sender : "");
    return user != known_.end() && limit_.is_spent(user->second, monotonic_now());
}

void Authority::check(const Caller& caller, const char* action, Answer answer) {
    check(caller, [action = std::string(action)](uid_t) { return action; }, std::move(answer));
}

void Authority::identify(const Caller& caller, Answer answer) {
    if (const auto known = known_.find(caller.name); known != known_.end())
        return answer_for(known->second, answer);
    std::vector<Answer>& waiting = asking_[caller.name];
    if (waiting.size() >= kMaxAsking)
        return answer(
            fail(ErrorKind::kLimitReached,
                 std::format("More than {} requests at once; wait a little", kMaxAsking)));
    waiting.push_back(std::move(answer));
    if (waiting.size() > 1)
        return;
    bus_->callMethodAsync("GetConnectionUnixUser")
        .onInterface("org.freedesktop.DBus")
        .withArguments(caller.name)
        .uponReplyInvoke(
            [this, name = caller.name](std::optional<sdbus::Error> error, uint32_t user) {
                on_identified(name, error ? Result<uid_t>(fail(ErrorKind::kAccessDenied,
                                                               "The caller has left the bus"))
                                          : Result<uid_t>(user));
            });
}

void Authority::on_identified(const std::string& name, const Result<uid_t>& user) {
    const auto asking = asking_.extract(name);
    if (user) {
        if (known_.size() >= kMaxKnown)
            known_.clear();
        known_[name] = *user;
    }
    for (const Answer& answer : asking.mapped())
        user ? answer_for(*user, answer) : answer(user);
}

void Authority::answer_for(uid_t user, const Answer& answer) {
    if (user != 0 && !limit_.take(user, monotonic_now()))
        return refuse_later(answer);
    answer(user);
}

void Authority::refuse_later(Answer answer) {
    const auto refuse = [](const Answer& refused) {
        refused(fail(ErrorKind::kLimitReached,
                     std::format("More than {} requests of one user in a second; wait a little",
                                 RateLimit::kPerSecond)));
    };
    if (delayed_.size() >= kMaxDelayed)
        return refuse(answer);
    const auto place = delayed_.insert(delayed_.end(), {std::move(answer), Source()});
    place->timer = loop_.after(kRefusalDelay, [this, place, refuse] {
        const Delayed refused = std::move(*place);
        delayed_.erase(place);
        refuse(refused.answer);
    });
}

void Authority::check(const Caller& caller, ActionFor action_for, Answer answer) {
    identify(caller, [this, caller, action_for = std::move(action_for),
                      answer = std::move(answer)](Result<uid_t> user) {
        if (!user)
            return answer(std::unexpected(user.error()));
        const auto action = action_for(*user);
        if (!action)
            return answer(std::unexpected(action.error()));
        if (*user == 0)
            return answer(*user);
        ask_polkit(caller, *user, *action, answer);
    });
}

void Authority::ask_polkit(const Caller& caller, uid_t user, const std::string& action,
                           Answer answer) {
    if (pending_[user] >= kMaxPendingOfUser)
        return answer(fail(
            ErrorKind::kLimitReached,
            std::format("User {} already waits for {} authorisations", user, kMaxPendingOfUser)));
    ++pending_[user];
    const sdbus::Struct<std::string, std::map<std::string, sdbus::Variant>> subject{
        "system-bus-name", {{"name", sdbus::Variant(caller.name)}}};
    polkit_->callMethodAsync("CheckAuthorization")
        .onInterface("org.freedesktop.PolicyKit1.Authority")
        .withTimeout(kPromptTimeout)
        .withArguments(subject, action, std::map<std::string, std::string>(),
                       caller.interactive ? kAllowUserInteraction : 0U, std::string())
        .uponReplyInvoke([this, user, action, answer = std::move(answer)](
                             std::optional<sdbus::Error> error,
                             sdbus::Struct<bool, bool, std::map<std::string, std::string>> result) {
            if (--pending_[user] == 0)
                pending_.erase(user);
            if (error) {
                spdlog::warn("polkit: asking for {}: {}; refused", action, error->getMessage());
                return answer(denied(action, ", because polkit could not be asked"));
            }
            if (!std::get<0>(result))
                return answer(denied(action, ""));
            answer(user);
        });
}

}  // namespace gamesched

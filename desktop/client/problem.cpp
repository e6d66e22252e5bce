// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/problem.h"

#include "desktop/client/text.h"

#include "dbus/names.h"

#include <algorithm>
#include <array>
#include <format>

namespace gamesched::client {
namespace {

struct Hint {
    std::string_view error;
    std::string_view what_to_do;
};

constexpr std::array kHints{
    Hint{names::kErrorAccessDenied, "ask an administrator, or try again with sudo"},
    Hint{names::kErrorNoSuchGame, "\"gamesched games\" lists the games"},
    Hint{names::kErrorNoSuchProcess, "check the PID"},
    Hint{names::kErrorNoSuchTunable, "\"gamesched tune\" lists the tunables"},
    Hint{names::kErrorNoSuchProfile, "\"gamesched profile\" lists the profiles"},
    Hint{names::kErrorNotAttached, "it is while gaming mode is on; \"gamesched status\" says more"},
    Hint{names::kErrorOutOfRange, "the present value stays in force"},
    Hint{names::kErrorInvalidConfiguration,
         "the previous configuration stays in force; correct the file and reload again"},
    Hint{names::kErrorLimitReached, "\"gamesched status\" shows the games and holds"},
    Hint{names::kErrorFailed, "\"journalctl -u gameschedd\" says more"},
    Hint{"org.freedesktop.DBus.Error.AccessDenied", "the policy of the system bus forbids it"},
    Hint{"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "try again with sudo"},
};

constexpr std::array kNotRunning{
    std::string_view{"org.freedesktop.DBus.Error.ServiceUnknown"},
    std::string_view{"org.freedesktop.DBus.Error.NameHasNoOwner"},
    std::string_view{"org.freedesktop.DBus.Error.NoServer"},
};

constexpr std::array kSilent{
    std::string_view{"org.freedesktop.DBus.Error.NoReply"},
    std::string_view{"org.freedesktop.DBus.Error.Timeout"},
    std::string_view{"org.freedesktop.DBus.Error.TimedOut"},
    std::string_view{"org.freedesktop.DBus.Error.Disconnected"},
    std::string_view{"System.Error.ETIMEDOUT"},
    std::string_view{"System.Error.ECONNRESET"},
    std::string_view{"System.Error.ENOTCONN"},
    std::string_view{"System.Error.EPIPE"},
};

// The bus daemon knows the service, but systemd or the daemon could not start it.
bool is_failed_start(std::string_view name) {
    return name.starts_with("org.freedesktop.DBus.Error.Spawn.") ||
           name.starts_with("org.freedesktop.systemd1.");
}

constexpr std::string_view kMasked = "org.freedesktop.systemd1.UnitMasked";
constexpr std::string_view kMaskedHint =
    "\"systemctl unmask gameschedd\" and \"systemctl start gameschedd\" start it";
constexpr std::string_view kStatusHint = "\"systemctl status gameschedd\" says more";
constexpr std::string_view kVersionHint =
    "gamesched and gameschedd seem to be of different versions";

std::string trimmed(std::string_view message) {
    std::string text = printable(message);
    while (text.ends_with('.') || text.ends_with(' '))
        text.pop_back();
    return text;
}

}  // namespace

std::string sentence(const Problem& problem) {
    return problem.hint.empty() ? problem.what : std::format("{}; {}", problem.what, problem.hint);
}

Problem problem_of_error(std::string_view name, std::string_view message) {
    const std::string what = trimmed(message.empty() ? name : message);
    if (std::ranges::contains(kNotRunning, name))
        return {kExitUnreachable, "gameschedd does not run",
                "\"systemctl start gameschedd\" starts it"};
    if (is_failed_start(name))
        return {kExitUnreachable, std::format("gameschedd could not be started: {}", what),
                std::string{name == kMasked ? kMaskedHint : kStatusHint}};
    if (std::ranges::contains(kSilent, name))
        return {kExitUnreachable, "gameschedd does not answer", std::string{kStatusHint}};
    if (name.starts_with("org.freedesktop.DBus.Error.Unknown"))
        return {kExitRefused, what, std::string{kVersionHint}};

    const auto hint = std::ranges::find(kHints, name, &Hint::error);
    return {kExitRefused, what, hint != kHints.end() ? std::string{hint->what_to_do} : ""};
}

Problem problem_of_connection(std::string_view message) {
    return {kExitUnreachable, std::format("cannot connect to the system bus: {}", trimmed(message)),
            "is dbus running?"};
}

Problem problem_of_reply(std::string_view message) {
    return {kExitRefused,
            std::format("the answer of gameschedd is not understood: {}", trimmed(message)),
            std::string{kVersionHint}};
}

}  // namespace gamesched::client

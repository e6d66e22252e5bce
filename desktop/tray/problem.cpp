// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/problem.h"

#include "dbus/names.h"
#include "desktop/client/text.h"
#include "desktop/tray/translation.h"

namespace gamesched::tray {
namespace {

constexpr size_t kMaxColumns = 300;

bool is_not_running(const std::string& name) {
    return name == "org.freedesktop.DBus.Error.ServiceUnknown" ||
           name == "org.freedesktop.DBus.Error.NameHasNoOwner";
}

bool is_silent(const std::string& name) {
    return name == "org.freedesktop.DBus.Error.NoReply" ||
           name == "org.freedesktop.DBus.Error.Disconnected";
}

}  // namespace

std::string sentence_of(const CallError& error) {
    const std::string& name = error.name;
    if (name == names::kErrorAccessDenied)
        return tr(
            "It needs an administrator's password, which was not given. Try again, or ask "
            "an administrator.");
    if (name == "org.freedesktop.DBus.Error.AccessDenied")
        return tr("The policy of the system bus forbids it. Ask an administrator.");
    if (is_not_running(name))
        return tr(
            "gameschedd does not run. An administrator starts it with: systemctl start "
            "gameschedd");
    if (is_silent(name))
        return tr("gameschedd has not answered. “journalctl -u gameschedd” says more.");
    if (name == names::kErrorNoSuchGame || name == names::kErrorNoSuchProcess)
        return tr("It has ended already.");
    if (name == names::kErrorNoSuchProfile)
        return tr("There is no such profile any more.");
    if (name == names::kErrorLimitReached)
        return tr("Too many requests wait for a password. Close their dialogs and try again.");
    return client::clipped_columns(client::printable(error.message), kMaxColumns);
}

}  // namespace gamesched::tray

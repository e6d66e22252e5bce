// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The wire's names that are not in the generated code: the bus name, object paths and error names.
// Shared by the service and its clients. Errors are documented in org.gamesched1.Manager.xml.

#pragma once

namespace gamesched::names {

inline constexpr char kBusName[] = "org.gamesched1";
inline constexpr char kManagerPath[] = "/org/gamesched1";
inline constexpr char kGamePathPrefix[] = "/org/gamesched1/game/";

// Match rule of what sd-bus itself says when the other side has closed the connection.
inline constexpr char kDisconnected[] =
    "type='signal',sender='org.freedesktop.DBus.Local',path='/org/freedesktop/DBus/Local',"
    "interface='org.freedesktop.DBus.Local',member='Disconnected'";

inline constexpr char kErrorInvalidArgument[] = "org.gamesched1.Error.InvalidArgument";
inline constexpr char kErrorNoSuchProcess[] = "org.gamesched1.Error.NoSuchProcess";
inline constexpr char kErrorNoSuchGame[] = "org.gamesched1.Error.NoSuchGame";
inline constexpr char kErrorNoSuchHold[] = "org.gamesched1.Error.NoSuchHold";
inline constexpr char kErrorNoSuchSubscription[] = "org.gamesched1.Error.NoSuchSubscription";
inline constexpr char kErrorNoSuchTunable[] = "org.gamesched1.Error.NoSuchTunable";
inline constexpr char kErrorNoSuchProfile[] = "org.gamesched1.Error.NoSuchProfile";
inline constexpr char kErrorOutOfRange[] = "org.gamesched1.Error.OutOfRange";
inline constexpr char kErrorNotAttached[] = "org.gamesched1.Error.NotAttached";
inline constexpr char kErrorAccessDenied[] = "org.gamesched1.Error.AccessDenied";
inline constexpr char kErrorLimitReached[] = "org.gamesched1.Error.LimitReached";
inline constexpr char kErrorInvalidConfiguration[] = "org.gamesched1.Error.InvalidConfiguration";
inline constexpr char kErrorFailed[] = "org.gamesched1.Error.Failed";

// On the session bus; spoken by gamesched-agent.
inline constexpr char kAgentName[] = "org.gamesched1.Agent";
inline constexpr char kAgentPath[] = "/org/gamesched1/Agent";

// GameMode's, on the session bus; spoken by gamesched-session.
inline constexpr char kGameModeName[] = "com.feralinteractive.GameMode";
inline constexpr char kGameModePath[] = "/com/feralinteractive/GameMode";
inline constexpr char kGameModeGames[] = "/com/feralinteractive/GameMode/Games";

}  // namespace gamesched::names

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/errors.h"

#include "dbus/names.h"

namespace gamesched {
namespace {

const char* name_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kInvalidArgument:
            return names::kErrorInvalidArgument;
        case ErrorKind::kNoSuchProcess:
            return names::kErrorNoSuchProcess;
        case ErrorKind::kNoSuchGame:
            return names::kErrorNoSuchGame;
        case ErrorKind::kNoSuchHold:
            return names::kErrorNoSuchHold;
        case ErrorKind::kNoSuchSubscription:
            return names::kErrorNoSuchSubscription;
        case ErrorKind::kNoSuchTunable:
            return names::kErrorNoSuchTunable;
        case ErrorKind::kNoSuchProfile:
            return names::kErrorNoSuchProfile;
        case ErrorKind::kOutOfRange:
            return names::kErrorOutOfRange;
        case ErrorKind::kNotAttached:
            return names::kErrorNotAttached;
        case ErrorKind::kAccessDenied:
            return names::kErrorAccessDenied;
        case ErrorKind::kLimitReached:
            return names::kErrorLimitReached;
        case ErrorKind::kInvalidConfiguration:
            return names::kErrorInvalidConfiguration;
        case ErrorKind::kFailed:
            return names::kErrorFailed;
    }
    return names::kErrorFailed;
}

}  // namespace

sdbus::Error to_wire(const Error& error) {
    return sdbus::Error(sdbus::Error::Name(name_of(error.kind)), error.message);
}

}  // namespace gamesched

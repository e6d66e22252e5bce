// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Answers that outlive their handler: results are move-only, callbacks are copied, so they share
// one owner. Whoever drops the last copy without having answered (an exception on the way) answers
// with org.gamesched1.Error.Failed: sdbus::Result by itself would leave the caller waiting.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>
#include <utility>

#include "service/bus/errors.h"

namespace gamesched {

template <typename... Values>
class PendingReply {
  public:
    explicit PendingReply(sdbus::Result<Values...>&& result) : result_(std::move(result)) {}
    PendingReply(const PendingReply&) = delete;
    PendingReply& operator=(const PendingReply&) = delete;
    ~PendingReply() {
        if (!answered_)
            result_.returnError(to_wire(
                {ErrorKind::kFailed, "Internal error; the journal of gameschedd may say more"}));
    }

    void returnResults(const Values&... values) {
        answered_ = true;
        result_.returnResults(values...);
    }
    void returnError(const sdbus::Error& error) {
        answered_ = true;
        result_.returnError(error);
    }

  private:
    sdbus::Result<Values...> result_;
    bool answered_ = false;
};

template <typename... Values>
using Reply = std::shared_ptr<PendingReply<Values...>>;

template <typename... Values>
Reply<Values...> keep(sdbus::Result<Values...>&& result) {
    return std::make_shared<PendingReply<Values...>>(std::move(result));
}

}  // namespace gamesched

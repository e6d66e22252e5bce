// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Answers that outlive their handler. Results are move-only, callbacks are copied, so they share
// one owner; whoever drops the last copy without having answered answers with the value for
// failures: sdbus::Result by itself would leave the caller waiting.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>
#include <utility>

namespace gamesched::session {

template <typename Value>
class PendingReply {
  public:
    PendingReply(sdbus::Result<Value>&& result, Value failure)
        : result_(std::move(result)), failure_(std::move(failure)) {}
    PendingReply(const PendingReply&) = delete;
    PendingReply& operator=(const PendingReply&) = delete;
    ~PendingReply() {
        if (!answered_)
            answer(failure_);
    }

    void answer(const Value& value) noexcept {
        answered_ = true;
        try {
            result_.returnResults(value);
        } catch (const sdbus::Error&) {
            // The bus has gone, and the caller with it.
        }
    }

  private:
    sdbus::Result<Value> result_;
    Value failure_;
    bool answered_ = false;
};

template <typename Value>
std::shared_ptr<PendingReply<Value>> keep(sdbus::Result<Value>&& result, Value failure) {
    return std::make_shared<PendingReply<Value>>(std::move(result), std::move(failure));
}

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Answers that outlive their handler. Results are move-only, callbacks are copied, so they share
// one owner; whoever drops the last copy without having answered answers with the value for
// failures: sdbus::Result by itself would leave the caller waiting. Nobody answers for an object
// that has gone: a reply refers to what it knew of its methods.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <memory>
#include <utility>

namespace gamesched::session {

// What the object that is called owns for as long as it can answer.
using Presence = std::shared_ptr<const bool>;

template <typename Value>
class PendingReply {
  public:
    PendingReply(sdbus::Result<Value>&& result, Value failure, const Presence& object)
        : result_(std::move(result)), failure_(std::move(failure)), object_(object) {}
    PendingReply(const PendingReply&) = delete;
    PendingReply& operator=(const PendingReply&) = delete;
    ~PendingReply() {
        if (!answered_)
            answer(failure_);
    }

    void answer(const Value& value) noexcept {
        answered_ = true;
        if (object_.expired())
            return;
        try {
            result_.returnResults(value);
        } catch (const sdbus::Error&) {
            // The bus has gone, and the caller with it.
        }
    }

  private:
    sdbus::Result<Value> result_;
    Value failure_;
    std::weak_ptr<const bool> object_;
    bool answered_ = false;
};

template <typename Value>
std::shared_ptr<PendingReply<Value>> keep(sdbus::Result<Value>&& result, Value failure,
                                          const Presence& object) {
    return std::make_shared<PendingReply<Value>>(std::move(result), std::move(failure), object);
}

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/queue.h"

#include <spdlog/spdlog.h>

#include <deque>
#include <exception>
#include <utility>

namespace gamesched::session {

struct Queue::State : std::enable_shared_from_this<State> {
    State(Loop& loop_of_all, std::function<void()> callback)
        : loop(loop_of_all), on_empty(std::move(callback)) {}

    Loop& loop;
    std::function<void()> on_empty;
    std::deque<Job> waiting;
    bool busy = false;
    Source next;

    // Not at once: the caller may be in the middle of the previous turn.
    void go_on() {
        next = loop.defer([this] { begin(); });
    }
    void begin();
    void end();
};

void Queue::State::begin() {
    if (busy)
        return;
    if (waiting.empty())
        return on_empty();
    const Job job = std::move(waiting.front());
    waiting.pop_front();
    busy = true;
    const Turn turn(nullptr, [weak = weak_from_this()](void*) {
        if (const auto state = weak.lock())
            state->end();
    });
    try {
        job(turn);
    } catch (const std::exception& error) {
        spdlog::error("A request could not be carried out: {}", error.what());
    }
}

void Queue::State::end() {
    busy = false;
    go_on();
}

Queue::Queue(Loop& loop, std::function<void()> on_empty)
    : state_(std::make_shared<State>(loop, std::move(on_empty))) {}

Queue::~Queue() = default;

bool Queue::add(Job job) {
    if (state_->waiting.size() >= kMaxWaiting)
        return false;
    state_->waiting.push_back(std::move(job));
    if (!state_->busy)
        state_->go_on();
    return true;
}

bool Queue::is_empty() const {
    return !state_->busy && state_->waiting.empty();
}

}  // namespace gamesched::session

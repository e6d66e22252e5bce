// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/loop.h"

#include <systemd/sd-event.h>

#include <csignal>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

namespace gamesched {
namespace {

void check(int result, const char* attempted) {
    if (result < 0)
        throw std::system_error(-result, std::generic_category(), attempted);
}

// A copy, since a callback may drop its own source.
void call(void* userdata) noexcept {
    const Source::Callback callback = *static_cast<Source::Callback*>(userdata);
    callback();
}

int on_io(sd_event_source*, int, uint32_t, void* userdata) noexcept {
    call(userdata);
    return 0;
}

int on_time(sd_event_source*, uint64_t, void* userdata) noexcept {
    call(userdata);
    return 0;
}

int on_defer(sd_event_source*, void* userdata) noexcept {
    call(userdata);
    return 0;
}

int on_signal_info(sd_event_source*, const signalfd_siginfo*, void* userdata) noexcept {
    call(userdata);
    return 0;
}

}  // namespace

void SourceDeleter::operator()(sd_event_source* source) const {
    sd_event_source_disable_unref(source);
}

Loop::Loop() {
    check(sd_event_default(&event_), "making the event loop");
}

Loop::~Loop() {
    sd_event_unref(event_);
}

void Loop::guard(const Source::Callback& callback) noexcept {
    try {
        callback();
    } catch (...) {
        thrown_ = std::current_exception();
        exit(EXIT_FAILURE);
    }
}

std::unique_ptr<Source::Callback> Loop::guarded(Source::Callback callback) {
    return std::make_unique<Source::Callback>(
        [this, callback = std::move(callback)] { guard(callback); });
}

Source Loop::on_readable(int fd, Source::Callback callback) {
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(sd_event_add_io(event_, &raw, fd, EPOLLIN, on_io, source.callback_.get()),
          "watching a file descriptor");
    source.source_.reset(raw);
    return source;
}

Source Loop::after(std::chrono::microseconds delay, Source::Callback callback) {
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(sd_event_add_time_relative(event_, &raw, CLOCK_MONOTONIC,
                                     static_cast<uint64_t>(delay.count()), 0, on_time,
                                     source.callback_.get()),
          "setting a timer");
    source.source_.reset(raw);
    return source;
}

Source Loop::defer(Source::Callback callback) {
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(sd_event_add_defer(event_, &raw, on_defer, source.callback_.get()), "deferring a call");
    source.source_.reset(raw);
    return source;
}

Source Loop::when_idle(Source::Callback callback) {
    Source source = defer(std::move(callback));
    check(sd_event_source_set_priority(source.source_.get(), SD_EVENT_PRIORITY_IDLE),
          "deferring a call");
    return source;
}

Source Loop::after_each_turn(Source::Callback callback) {
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(sd_event_add_post(event_, &raw, on_defer, source.callback_.get()), "following the loop");
    source.source_.reset(raw);
    return source;
}

Source Loop::on_signal(int signal, Source::Callback callback) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(sd_event_add_signal(event_, &raw, signal, on_signal_info, source.callback_.get()),
          "watching a signal");
    source.source_.reset(raw);
    return source;
}

int Loop::run() {
    const int result = sd_event_loop(event_);
    if (thrown_)
        std::rethrow_exception(std::exchange(thrown_, nullptr));
    check(result, "running the event loop");
    return result;
}

void Loop::exit(int code) {
    sd_event_exit(event_, code);
}

}  // namespace gamesched

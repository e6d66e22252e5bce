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

template <typename Make>
Source Loop::add(Source::Callback callback, const char* attempted, Make make) {
    Source source;
    source.callback_ = guarded(std::move(callback));
    sd_event_source* raw = nullptr;
    check(make(&raw, source.callback_.get()), attempted);
    source.source_.reset(raw);
    return source;
}

Source Loop::on_readable(int fd, Source::Callback callback) {
    return add(std::move(callback), "watching a file descriptor",
               [&](sd_event_source** source, void* userdata) {
                   return sd_event_add_io(event_, source, fd, EPOLLIN, on_io, userdata);
               });
}

Source Loop::after(std::chrono::microseconds delay, Source::Callback callback) {
    return add(std::move(callback), "setting a timer",
               [&](sd_event_source** source, void* userdata) {
                   return sd_event_add_time_relative(event_, source, CLOCK_MONOTONIC,
                                                     static_cast<uint64_t>(delay.count()), 0,
                                                     on_time, userdata);
               });
}

Source Loop::defer(Source::Callback callback) {
    return add(std::move(callback), "deferring a call",
               [&](sd_event_source** source, void* userdata) {
                   return sd_event_add_defer(event_, source, on_defer, userdata);
               });
}

Source Loop::when_idle(Source::Callback callback) {
    Source source = defer(std::move(callback));
    check(sd_event_source_set_priority(source.source_.get(), SD_EVENT_PRIORITY_IDLE),
          "deferring a call");
    return source;
}

Source Loop::after_each_turn(Source::Callback callback) {
    return add(std::move(callback), "following the loop",
               [&](sd_event_source** source, void* userdata) {
                   return sd_event_add_post(event_, source, on_defer, userdata);
               });
}

Source Loop::on_signal(int signal, Source::Callback callback) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    return add(std::move(callback), "watching a signal",
               [&](sd_event_source** source, void* userdata) {
                   return sd_event_add_signal(event_, source, signal, on_signal_info, userdata);
               });
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

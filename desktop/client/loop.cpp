// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/loop.h"

#include "desktop/bus/connection.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include <systemd/sd-event.h>

#include <cstring>
#include <format>

#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

Problem loop_problem(int error) {
    return {kExitRefused, std::format("cannot set up the event loop: {}", std::strerror(-error))};
}

bool is_pipe(int fd) {
    struct stat status{};
    return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

BlockedSignals::BlockedSignals(std::initializer_list<int> signals) noexcept {
    sigset_t blocked;
    ::sigemptyset(&blocked);
    for (const int signal : signals)
        ::sigaddset(&blocked, signal);
    ::sigprocmask(SIG_BLOCK, &blocked, &before_);
}

void BlockedSignals::restore() const noexcept {
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

struct Loop::Source {
    Loop* loop = nullptr;
    sd_event_source* source = nullptr;
    SignalHandler on_signal;
    ReadyHandler on_ready;

    Source() = default;
    Source(const Source&) = delete;
    Source& operator=(const Source&) = delete;
    ~Source() { ::sd_event_source_disable_unref(source); }

    // A handler that fails (memory, a stream) ends the program as any other failure does.
    void guarded(const ReadyHandler& handle) const noexcept {
        try {
            handle();
        } catch (const std::exception& error) {
            warn(error.what());
            loop->leave(kExitRefused);
        }
    }

    static int dispatch_signal(sd_event_source*, const signalfd_siginfo* signal,
                               void* data) noexcept {
        const auto* self = static_cast<const Source*>(data);
        self->guarded([&] { self->on_signal(*signal); });
        return 0;
    }

    static int dispatch_io(sd_event_source*, int, std::uint32_t, void* data) noexcept {
        const auto* self = static_cast<const Source*>(data);
        self->guarded(self->on_ready);
        return 0;
    }
};

Loop::Loop() = default;

Loop::~Loop() {
    sources_.clear();
    if (attached_ != nullptr)
        attached_->detachSdEventLoop();
    ::sd_event_unref(event_);
}

Result<std::unique_ptr<Loop>> Loop::create() {
    std::unique_ptr<Loop> loop{new Loop};
    const int error = ::sd_event_new(&loop->event_);
    if (error < 0)
        return std::unexpected{loop_problem(error)};
    return loop;
}

Result<void> Loop::on_signal(int signal, SignalHandler handler) {
    auto source = std::make_unique<Source>();
    source->loop = this;
    source->on_signal = std::move(handler);
    const int error = ::sd_event_add_signal(event_, &source->source, signal,
                                            &Source::dispatch_signal, source.get());
    if (error < 0)
        return std::unexpected{loop_problem(error)};
    sources_.push_back(std::move(source));
    return {};
}

Result<void> Loop::on_ready(int fd, std::uint32_t events, ReadyHandler handler) {
    auto source = std::make_unique<Source>();
    source->loop = this;
    source->on_ready = std::move(handler);
    const int error =
        ::sd_event_add_io(event_, &source->source, fd, events, &Source::dispatch_io, source.get());
    if (error < 0)
        return std::unexpected{loop_problem(error)};
    sources_.push_back(std::move(source));
    return {};
}

Result<void> Loop::attach(Service& service, ReadyHandler on_lost) {
    try {
        sdbus::IConnection& connection = service.connection();
        desktop::attach(connection, event_, std::move(on_lost));
        attached_ = &connection;
        return {};
    } catch (const sdbus::Error& error) {
        return std::unexpected{problem_of_connection(error.getMessage())};
    }
}

int Loop::run() noexcept {
    return ::sd_event_loop(event_);
}

void Loop::leave(int exit_code) noexcept {
    ::sd_event_exit(event_, exit_code);
}

Result<std::unique_ptr<Loop>> Loop::create_interruptible() {
    auto created = create();
    if (!created)
        return created;
    Loop& loop = **created;
    const auto leave = [&loop](const signalfd_siginfo&) { loop.leave(kExitOk); };
    return loop.on_signal(SIGINT, leave)
        .and_then([&] { return loop.on_signal(SIGTERM, leave); })
        .and_then([&] -> Result<void> {
            // A reader that has gone ("events | grep -m1 …") is noticed at once, not at the next
            // event.
            if (!is_pipe(STDOUT_FILENO))
                return {};
            return loop.on_ready(STDOUT_FILENO, 0, [&loop] { loop.leave(kExitOk); });
        })
        .transform([&] { return std::move(*created); });
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The event loop: one thread, sd-event. Sources are objects; dropping one ends it. No source has a
// period.

#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>

struct sd_event;
struct sd_event_source;

namespace gamesched {

struct SourceDeleter {
    void operator()(sd_event_source* source) const;
};

class Source {
  public:
    using Callback = std::function<void()>;

    Source() = default;
    explicit operator bool() const { return source_ != nullptr; }
    void reset() { *this = Source(); }

  private:
    friend class Loop;
    // Order matters: the source goes before the callback that it points to.
    std::unique_ptr<Callback> callback_;
    std::unique_ptr<sd_event_source, SourceDeleter> source_;
};

class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    sd_event* get() const { return event_; }

    // Calls back while `fd` is readable. The fd stays the caller's and must outlive the source.
    Source on_readable(int fd, Source::Callback callback);
    // Calls back once, that long from now. The source is spent then.
    Source after(std::chrono::microseconds delay, Source::Callback callback);
    // Calls back once, when the present callback has returned.
    Source defer(Source::Callback callback);
    // Calls back once, when nothing else is to be done.
    Source when_idle(Source::Callback callback);
    // Calls back after whatever else the loop has done, before it waits again.
    Source after_each_turn(Source::Callback callback);
    // Calls back for each arrival of a signal, which is blocked from now on.
    Source on_signal(int signal, Source::Callback callback);

    // Runs what C code calls back. What it throws, as what a source's callback throws, ends the
    // loop.
    void guard(const Source::Callback& callback) noexcept;

    // Returns what exit() was given, or throws what has ended the loop.
    int run();
    void exit(int code);

  private:
    std::unique_ptr<Source::Callback> guarded(Source::Callback callback);
    // `make` is sd_event_add_*: int(sd_event_source** source, void* userdata).
    template <typename Make>
    Source add(Source::Callback callback, const char* attempted, Make make);

    sd_event* event_ = nullptr;
    std::exception_ptr thrown_;
};

}  // namespace gamesched

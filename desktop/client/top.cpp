// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/top.h"

#include "desktop/client/full_screen.h"
#include "desktop/client/loop.h"
#include "desktop/client/monitor.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"
#include "desktop/client/user.h"

#include <chrono>
#include <cmath>
#include <format>
#include <optional>
#include <utility>

#include <signal.h>
#include <sys/epoll.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

using Clock = std::chrono::steady_clock;

// How long a service that hangs keeps somebody from leaving.
constexpr std::chrono::seconds kFarewellTimeout{2};

class Top {
  public:
    Top(const TopCommand& command, Service& service, Loop& loop)
        : once_(command.once),
          interval_msec_(static_cast<std::uint32_t>(std::lround(command.interval_seconds * 1000))),
          service_(service),
          loop_(loop) {
        view_.colours = wants_colour();
        view_.keys = once_ ? "" : std::format("every {} s   q quits", command.interval_seconds);
    }

    Result<int> run();

  private:
    Result<void> listen();
    Result<void> begin();
    Result<void> take_terminal();
    void end(Problem problem);

    bool is_there();
    void on_presence(bool present);
    void on_updated(const Options& stats);
    void on_typed();
    void on_stop();

    Result<void> read_state();
    void read_games();
    void draw();

    bool once_;
    std::uint32_t interval_msec_;
    Service& service_;
    Loop& loop_;
    std::optional<BlockedSignals> blocked_;
    std::unique_ptr<FullScreen> screen_;
    std::optional<Problem> problem_;  // said when the terminal is back
    MonitorView view_;
    Clock::time_point stats_at_;
};

Result<int> Top::run() {
    const auto begun = listen().and_then([&] { return begin(); }).and_then([&] {
        return once_ ? Result<void>{} : take_terminal();
    });
    if (!begun)
        return std::unexpected{begun.error()};
    const int exit_code = loop_.run();
    screen_.reset();
    service_.connection().setMethodCallTimeout(kFarewellTimeout);
    if (is_there())
        std::ignore = service_.unsubscribe();  // whoever has gone has forgotten us
    if (problem_)
        return std::unexpected{*problem_};
    return exit_code;
}

Result<void> Top::listen() {
    return service_.on_updated([this](const Options& stats) { on_updated(stats); })
        .and_then([&] {
            return service_.on_changed([this] {
                if (is_there() && read_state())
                    draw();
            });
        })
        .and_then([&] {
            return service_.on_tripped([this](const std::string& kind, const std::string& reason,
                                              std::uint64_t stalled, const std::string& action) {
                view_.trip = TripView{.when = wall_now(),
                                      .kind = printable(kind),
                                      .reason = printable(reason),
                                      .stalled = Usec{stalled},
                                      .action = action};
                draw();
            });
        })
        .and_then([&] {
            return service_.on_presence_changed([this](bool present) { on_presence(present); });
        })
        .and_then([&] {
            return loop_.attach(service_,
                                [this] { end({kExitUnreachable, "the system bus has gone", ""}); });
        });
}

// Also when the service has come back.
Result<void> Top::begin() {
    view_.rates.reset();
    return service_.stats()
        .and_then([&](const Options& stats) {
            view_.stats = stats;
            stats_at_ = Clock::now();
            return service_.subscribe(interval_msec_);
        })
        .and_then([&] { return read_state(); });
}

Result<void> Top::take_terminal() {
    // Whatever ends or stops us, the terminal is given back before.
    blocked_.emplace({SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP});
    auto screen = FullScreen::create();
    if (!screen)
        return std::unexpected{std::move(screen).error()};
    screen_ = std::move(*screen);
    draw();
    const auto leave = [this](const signalfd_siginfo&) { loop_.leave(kExitOk); };
    return loop_.on_signal(SIGHUP, leave)
        .and_then([&] { return loop_.on_signal(SIGQUIT, leave); })
        .and_then(
            [&] { return loop_.on_signal(SIGWINCH, [this](const signalfd_siginfo&) { draw(); }); })
        .and_then([&] {
            return loop_.on_signal(SIGTSTP, [this](const signalfd_siginfo&) { on_stop(); });
        })
        .and_then([&] { return loop_.on_ready(STDIN_FILENO, EPOLLIN, [this] { on_typed(); }); });
}

void Top::end(Problem problem) {
    view_.present = false;
    loop_.leave(problem.exit_code);
    problem_ = std::move(problem);
}

// A call to a service that is about to go would make the bus start it again. What is left of that
// is the time between the question and the call.
bool Top::is_there() {
    return view_.present && service_.is_present().value_or(false);
}

void Top::on_presence(bool present) {
    view_.present = present;
    view_.trip.reset();
    if (once_ && !present)
        return end({kExitUnreachable, "gameschedd has left the bus", ""});
    if (present) {
        const auto begun = begin();
        // One that has gone again while it was asked will be told of, too.
        if (!begun && begun.error().exit_code != kExitUnreachable)
            return end(begun.error());
    }
    draw();
}

void Top::on_updated(const Options& stats) {
    const auto at = Clock::now();
    view_.rates.emplace(std::exchange(view_.stats, stats), stats, at - stats_at_);
    stats_at_ = at;
    if (is_there())
        read_games();
    draw();
    if (once_)
        loop_.leave(kExitOk);
}

void Top::on_typed() {
    switch (read_typed()) {
        case Typed::kNothing:
            break;
        case Typed::kOther:
            draw();
            break;
        case Typed::kQuit:
        case Typed::kHangUp:
            loop_.leave(kExitOk);
            break;
    }
}

// Ctrl+Z, and what comes after it.
void Top::on_stop() {
    screen_->give_back();
    ::raise(SIGSTOP);
    screen_->take();
    draw();
}

Result<void> Top::read_state() {
    return service_.manager_properties()
        .and_then([&](const Properties& manager) {
            view_.manager = manager_view(manager);
            return service_.scheduler_properties();
        })
        .and_then([&](const Properties& scheduler) {
            view_.scheduler = scheduler_view(scheduler);
            return service_.objects();
        })
        .transform([&](const Objects& objects) {
            view_.games.clear();
            for (const GameView& game : game_views(objects))
                view_.games.push_back({game, user_name(game.user), std::nullopt});
            read_games();
        });
}

// Without the scheduler there is nothing to be asked for.
void Top::read_games() {
    for (MonitoredGame& game : view_.games) {
        game.stats.reset();
        if (view_.scheduler.state != "attached")
            continue;
        if (auto stats = service_.game_stats(game.game.id))
            game.stats = std::move(*stats);
    }
}

void Top::draw() {
    view_.now = wall_now();
    if (screen_)
        return screen_->show(monitor_screen(view_, terminal_size()));
    if (!once_ || !view_.rates)
        return;
    ScreenSize size = terminal_size();
    size.height = kAnyHeight;
    for (const std::string& line : plain_lines(monitor_screen(view_, size)))
        say(line);
}

Result<int> run(const TopCommand& command) {
    if (!command.once && !has_full_screen())
        return std::unexpected{
            Problem{kExitUsage, "top needs a terminal that can move its cursor",
                    "\"gamesched top --once\" prints what it would show, also without one"}};
    const BlockedSignals blocked{SIGINT, SIGTERM};
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    auto loop = Loop::create_interruptible();
    if (!loop)
        return std::unexpected{std::move(loop).error()};
    return Top{command, *service, **loop}.run();
}

}  // namespace

int top(const TopCommand& command) {
    const auto exit_code = run(command);
    return exit_code ? *exit_code : fail(exit_code.error());
}

}  // namespace gamesched::client

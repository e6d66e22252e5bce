// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/focus.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <utility>

#include "dbus/names.h"
#include "service/base/process.h"

namespace gamesched::agent {
namespace {

constexpr char kManager[] = "org.gamesched1.Manager";
constexpr size_t kChoice = 2;                 // games among which one can be preferred
constexpr std::chrono::seconds kPatience{2};  // when we leave

}  // namespace

Focus::Focus(Loop& loop, sdbus::IConnection& connection, Owner owner)
    : loop_(loop),
      manager_(sdbus::createProxy(connection, sdbus::ServiceName(names::kBusName),
                                  sdbus::ObjectPath(names::kManagerPath))),
      owner_(std::move(owner)) {}

Focus::~Focus() {
    if (!is_following() && !(choosing_ && said_))
        return;
    try {
        // With an answer: whoever has left the bus before he is asked about may nothing.
        manager_->callMethod("SetFocus")
            .onInterface(kManager)
            .withTimeout(kPatience)
            .withArguments(uint32_t{0});
    } catch (const sdbus::Error& error) {
        spdlog::debug("The service was not told: {}", error.getMessage());
    }
}

void Focus::on_games(size_t count) {
    if (count < kChoice)
        return leave();
    const bool chosen_before = std::exchange(choosing_, true);
    if (said_ && !chosen_before)
        tell_said();
    if (toplevels_) {
        toplevel_.reset();  // its window may be a game's now
        tell_toplevel();
    }
    if (!said_ && !is_following())
        follow();
}

void Focus::say(Fd process) {
    said_ = std::move(process);
    stop_following();
    if (choosing_)
        tell_said();
}

void Focus::follow() {
    if (follow_toplevels())
        return;
    if (std::getenv("DISPLAY"))
        follow_x();
    else
        spdlog::info("Of several games none is preferred as long as no compositor says which");
}

bool Focus::follow_toplevels() {
    toplevels_ = ActiveToplevel::create();
    if (!toplevels_)
        return false;
    events_ = loop_.on_readable(toplevels_->fd(), [this] { on_toplevels(); });
    tell_toplevel();
    return true;
}

void Focus::follow_x() {
    try {
        window_.emplace();
    } catch (const std::exception& error) {
        spdlog::warn("Of several games none is preferred: {}", error.what());
        return;
    }
    events_ = loop_.on_readable(window_->fd(), [this] { on_x(); });
    tell(window_->process());
    on_x();
}

void Focus::on_toplevels() {
    try {
        toplevels_->update();
        tell_toplevel();
    } catch (const std::exception& error) {
        spdlog::info("The focus is not followed any more: {}", error.what());
        tell(0);
        stop_following();
    }
}

void Focus::on_x() {
    try {
        // To ask may bring in events as well, which the descriptor does not tell of then.
        while (window_->update())
            tell(window_->process());
    } catch (const std::exception& error) {
        spdlog::info("The focus is not followed any more: {}", error.what());
        tell(0);
        stop_following();
    }
}

// Compositors tell of each title that changes as well.
void Focus::tell_toplevel() {
    std::string app_id = toplevels_->app_id();
    if (toplevel_ == app_id)
        return;
    tell(owner_(app_id));
    toplevel_ = std::move(app_id);
}

void Focus::stop_following() {
    events_.reset();
    toplevels_.reset();
    toplevel_.reset();
    window_.reset();
}

void Focus::tell_said() {
    const bool lives = *said_ && !has_exited(said_->get());
    tell(lives ? pid_of_pidfd(said_->get()).value_or(0) : 0);
}

void Focus::tell(pid_t process) {
    manager_->callMethodAsync("SetFocus")
        .onInterface(kManager)
        .withArguments(static_cast<uint32_t>(process))
        .uponReplyInvoke([](std::optional<sdbus::Error> error) {
            // A window whose process has just ended is nobody's any more.
            if (error && error->getName() != names::kErrorNoSuchProcess)
                spdlog::warn("gameschedd was not told of the focus: {}", error->getMessage());
        });
}

void Focus::leave() {
    choosing_ = false;
    stop_following();
}

}  // namespace gamesched::agent

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/session.h"

#include <spdlog/spdlog.h>
#include <systemd/sd-bus.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "dbus/names.h"
#include "desktop/bus/connection.h"

namespace gamesched::session {

Session::Session(SessionOptions options)
    : options_(std::move(options)),
      bus_(ServedBus::of_session()),
      queue_(loop_, [this] { on_queue_empty(); }),
      games_(loop_, [this](pid_t pid) { on_game_end(pid); }),
      effects_(loop_, *bus_),
      system_service_(loop_.get()),
      bridge_(games_, effects_, system_service_, options_.config_directories),
      object_(*bus_, queue_, bridge_, games_),
      unknown_games_(bus_.raw()) {
    desktop::attach(*bus_, loop_.get(), [this] { stop(); });
}

Session::~Session() = default;

int Session::run() {
    sources_.push_back(loop_.on_signal(SIGTERM, [this] { stop(); }));
    sources_.push_back(loop_.on_signal(SIGINT, [this] { stop(); }));
    bus_->requestName(sdbus::ServiceName(names::kGameModeName));
    on_queue_empty();
    return loop_.run();
}

bool Session::is_idle() const {
    return queue_.is_empty() && games_.count() == 0;
}

void Session::on_queue_empty() {
    idle_timer_.reset();
    if (is_idle())
        idle_timer_ = loop_.after(options_.idle_time, [this] { give_up_name(); });
}

void Session::on_game_end(pid_t pid) {
    const bool added = queue_.add([this, pid](Turn turn) { bridge_.on_end(pid, [turn] {}); });
    if (!added)  // it must not be forgotten, whatever waits
        bridge_.on_end(pid, [] {});
}

// Requests that are on their way to us arrive before the answer; later ones start us anew.
void Session::give_up_name() {
    if (!is_idle() || stopping_)
        return;
    const auto on_answer = [](sd_bus_message*, void* session, sd_bus_error*) noexcept {
        static_cast<Session*>(session)->on_name_given_up();
        return 0;
    };
    if (sd_bus_release_name_async(bus_.raw(), nullptr, names::kGameModeName, on_answer, this) < 0)
        loop_.exit(EXIT_SUCCESS);
}

void Session::on_name_given_up() {
    if (is_idle() || stopping_)
        return loop_.exit(EXIT_SUCCESS);
    try {
        bus_->requestName(sdbus::ServiceName(names::kGameModeName));
    } catch (const sdbus::Error& error) {
        spdlog::info("Another one serves already: {}", error.getMessage());
        stop();
    }
}

// As if all games had been unregistered.
void Session::stop() {
    if (std::exchange(stopping_, true))
        return;
    const auto leave = [this](const Turn& turn) {
        bridge_.leave_all([this, turn] { loop_.exit(EXIT_SUCCESS); });
    };
    if (!queue_.add(leave))
        leave({});
}

}  // namespace gamesched::session

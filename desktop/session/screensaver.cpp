// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/screensaver.h"

#include <spdlog/spdlog.h>

#include <string>
#include <utility>

namespace gamesched::session {
namespace {

constexpr char kName[] = "org.freedesktop.ScreenSaver";
constexpr char kPath[] = "/org/freedesktop/ScreenSaver";

}  // namespace

Screensaver::Screensaver(sdbus::IConnection& session_bus)
    : proxy_(sdbus::createProxy(session_bus, sdbus::ServiceName(kName), sdbus::ObjectPath(kPath))) {
}

void Screensaver::set_inhibited(bool wanted) {
    wanted_ = wanted;
    if (asking_)  // the answer will find out
        return;
    try {
        if (wanted_ && !cookie_)
            ask();
        else if (!wanted_ && cookie_)
            release();
    } catch (const sdbus::Error& error) {
        asking_ = false;
        complain(error);
    }
}

void Screensaver::ask() {
    asking_ = true;
    proxy_->callMethodAsync("Inhibit")
        .onInterface(kName)
        .withArguments(std::string("gamesched"), std::string("A game is running"))
        .uponReplyInvoke([this](std::optional<sdbus::Error> error, uint32_t cookie) {
            on_answer(std::move(error), cookie);
        });
}

void Screensaver::on_answer(std::optional<sdbus::Error> error, uint32_t cookie) {
    asking_ = false;
    if (error)
        return complain(*error);
    cookie_ = cookie;
    set_inhibited(wanted_);
}

void Screensaver::complain(const sdbus::Error& error) {
    if (!told_)
        spdlog::info("The screen saver is not kept off: {}", error.getMessage());
    told_ = true;
}

void Screensaver::release() {
    const uint32_t cookie = *cookie_;
    cookie_.reset();
    proxy_->callMethodAsync("UnInhibit")
        .onInterface(kName)
        .withArguments(cookie)
        .uponReplyInvoke([](std::optional<sdbus::Error> error) {
            if (error)
                spdlog::warn("The screen saver's inhibition could not be ended: {}",
                             error->getMessage());
        });
}

}  // namespace gamesched::session

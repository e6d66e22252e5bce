// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/system_service.h"

#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <format>
#include <map>
#include <utility>

#include "dbus/names.h"
#include "desktop/bus/connection.h"

namespace gamesched::session {
namespace {

// libgamemode waits 25 s for us. Long enough to start the service and to attach the scheduler.
constexpr auto kPatience = std::chrono::seconds(8);
constexpr char kInterface[] = "org.gamesched1.Manager";

bool is_connection_lost(const sdbus::Error& error) {
    const std::string name = error.getName();
    return name == "org.freedesktop.DBus.Error.Disconnected" ||
           name == "org.freedesktop.DBus.Error.NoReply" || name.contains("ENOTCONN") ||
           name.contains("ECONNRESET");
}

}  // namespace

sdbus::IProxy* SystemService::manager() {
    if (is_lost_) {
        manager_.reset();
        connection_.reset();
        is_lost_ = false;
    }
    if (manager_)
        return manager_.get();
    try {
        connection_ = sdbus::createSystemBusConnection();
        desktop::attach(*connection_, loop_, [this] { is_lost_ = true; });
        manager_ = sdbus::createProxy(*connection_, sdbus::ServiceName(names::kBusName),
                                      sdbus::ObjectPath(names::kManagerPath));
    } catch (const sdbus::Error& error) {
        manager_.reset();
        connection_.reset();
        complain(std::format("there is no system bus: {}", error.getMessage()));
    }
    return manager_.get();
}

void SystemService::register_game(int pidfd, pid_t requester, std::function<void()> done) {
    const std::map<std::string, sdbus::Variant> options = {
        {"Scope", sdbus::Variant(std::string("process"))},
        {"Source", sdbus::Variant(std::string("gamemode"))},
        {"Requester", sdbus::Variant(static_cast<uint32_t>(requester))}};
    call(done, [&](sdbus::IProxy& service) {
        service.callMethodAsync("RegisterGameByPidFd")
            .onInterface(kInterface)
            .withTimeout(kPatience)
            .withArguments(sdbus::UnixFd(pidfd), options)
            .uponReplyInvoke(
                [this, done](std::optional<sdbus::Error> error, const sdbus::ObjectPath&) {
                    on_answer(error);
                    done();
                });
    });
}

void SystemService::unregister_game(int pidfd, std::function<void()> done) {
    call(done, [&](sdbus::IProxy& service) {
        service.callMethodAsync("UnregisterGameByPidFd")
            .onInterface(kInterface)
            .withTimeout(kPatience)
            .withArguments(sdbus::UnixFd(pidfd))
            .uponReplyInvoke([this, done](std::optional<sdbus::Error> error) {
                // It may have ended meanwhile, or never been accepted, which was said then.
                if (error && error->getName() != names::kErrorNoSuchGame &&
                    error->getName() != names::kErrorNoSuchProcess)
                    on_answer(error);
                done();
            });
    });
}

void SystemService::call(const std::function<void()>& done,
                         const std::function<void(sdbus::IProxy&)>& method) {
    if (sdbus::IProxy* const service = manager()) {
        try {
            return method(*service);
        } catch (const sdbus::Error& error) {
            is_lost_ = true;
            on_answer(error);
        }
    }
    done();
}

void SystemService::on_answer(const std::optional<sdbus::Error>& error) {
    if (!error) {
        complaint_.clear();
        return;
    }
    is_lost_ = is_lost_ || is_connection_lost(*error);
    complain(
        std::format("{}: {}", static_cast<std::string>(error->getName()), error->getMessage()));
}

void SystemService::complain(const std::string& line) {
    if (line != complaint_)
        spdlog::warn(
            "Games are counted, but gameschedd is not told, so there is no gaming mode: {}", line);
    complaint_ = line;
}

}  // namespace gamesched::session

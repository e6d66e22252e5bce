// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/listener.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>

namespace gamesched::test {
namespace {

uint64_t now_usec() {
    timespec time = {};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000 +
           static_cast<uint64_t>(time.tv_nsec) / 1000;
}

// An emulated CPU that has much else to do verifies a scheduler for longer than sd-bus waits.
std::unique_ptr<sdbus::IConnection> patient_connection() {
    auto connection = sdbus::createSystemBusConnection();
    connection->setMethodCallTimeout(std::chrono::minutes(2));
    return connection;
}

}  // namespace

Listener::Listener()
    : ProxyInterfaces(patient_connection(), sdbus::ServiceName(names::kBusName),
                      sdbus::ObjectPath(names::kManagerPath)) {
    registerProxy();
    std::ignore = Version();  // our match rules are in force before we go on
}

Listener::~Listener() {
    unregisterProxy();
}

void Listener::unregister_all_games() {
    for (const sdbus::ObjectPath& path : Games())
        try {
            const auto game = sdbus::createProxy(getProxy().getConnection(),
                                                 sdbus::ServiceName(names::kBusName), path);
            UnregisterGame(
                game->getProperty("Pid").onInterface("org.gamesched1.Game").get<uint32_t>());
        } catch (const sdbus::Error&) {
            // It has ended by itself.
        }
}

void Listener::onGameStarted(const sdbus::ObjectPath& game, const uint32_t& pid,
                             const std::string& name, const std::string& app_id,
                             const std::string& source) {
    const std::lock_guard lock(mutex_);
    started_.push_back({game, pid, name, app_id, source});
}

void Listener::onGameExited(const sdbus::ObjectPath& game, const uint32_t& pid, const std::string&,
                            const std::map<std::string, sdbus::Variant>& summary) {
    const uint64_t arrived = now_usec();
    const std::lock_guard lock(mutex_);
    exited_.push_back({game, pid, summary, summary.at("Cause").get<std::string>(),
                       summary.at("EndedUSec").get<uint64_t>(), arrived});
}

void Listener::onHoldReleased(const uint32_t& cookie) {
    const std::lock_guard lock(mutex_);
    released_.push_back(cookie);
}

void Listener::onWatchdogTripped(const std::string& kind, const std::string& reason,
                                 const uint64_t& stalled_usec, const std::string& action) {
    const uint64_t arrived = now_usec();
    const std::lock_guard lock(mutex_);
    trips_.push_back({kind, reason, stalled_usec, action, arrived});
}

std::vector<Started> Listener::started() const {
    const std::lock_guard lock(mutex_);
    return started_;
}

std::vector<Exited> Listener::exited() const {
    const std::lock_guard lock(mutex_);
    return exited_;
}

std::vector<uint32_t> Listener::released() const {
    const std::lock_guard lock(mutex_);
    return released_;
}

std::vector<Tripped> Listener::trips() const {
    const std::lock_guard lock(mutex_);
    return trips_;
}

size_t Listener::starts_of(uint32_t pid) const {
    return static_cast<size_t>(std::ranges::count(started(), pid, &Started::pid));
}

size_t Listener::exits_of(uint32_t pid) const {
    return static_cast<size_t>(std::ranges::count(exited(), pid, &Exited::pid));
}

}  // namespace gamesched::test

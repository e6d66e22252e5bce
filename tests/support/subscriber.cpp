// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/subscriber.h"

namespace gamesched::test {

Dictionary dictionary_in(const Dictionary& dictionary, const std::string& key) {
    const auto found = dictionary.find(key);
    return found == dictionary.end() ? Dictionary() : found->second.get<Dictionary>();
}

uint64_t number_in(const Dictionary& dictionary, const std::string& key) {
    const auto found = dictionary.find(key);
    return found == dictionary.end() ? 0 : found->second.get<uint64_t>();
}

Subscriber::Subscriber()
    : ProxyInterfaces(sdbus::createSystemBusConnection(), sdbus::ServiceName(names::kBusName),
                      sdbus::ObjectPath(names::kManagerPath)) {
    registerProxy();
    std::ignore = Get();  // our match rule is in force before we go on
}

Subscriber::~Subscriber() {
    unregisterProxy();
}

std::vector<Dictionary> Subscriber::updates() const {
    const std::lock_guard lock(mutex_);
    return updates_;
}

void Subscriber::onUpdated(const Dictionary& stats) {
    const std::lock_guard lock(mutex_);
    updates_.push_back(stats);
}

}  // namespace gamesched::test

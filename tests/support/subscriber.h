// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A client of org.gamesched1.Stats on a connection and a thread of its own, which remembers what it
// was told.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "dbus/names.h"
#include "dbus/stats-proxy.h"

namespace gamesched::test {

using Dictionary = std::map<std::string, sdbus::Variant>;

// A dictionary or a number in a dictionary; empty and 0 if it is not there.
Dictionary dictionary_in(const Dictionary& dictionary, const std::string& key);
uint64_t number_in(const Dictionary& dictionary, const std::string& key);

class Subscriber : public sdbus::ProxyInterfaces<org::gamesched1::Stats_proxy> {
  public:
    Subscriber();
    virtual ~Subscriber();

    std::vector<Dictionary> updates() const;

  private:
    void onUpdated(const Dictionary& stats) override;

    mutable std::mutex mutex_;
    std::vector<Dictionary> updates_;
};

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// org.gamesched1 as far as the tray looks at it, in states that a kernel without sched_ext never
// has. For everything else there is the real service.

#pragma once

#include <sdbus-c++/sdbus-c++.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gamesched::test {

struct DoubleGame {
    std::string name;
    std::string source = "detected";
    std::vector<std::string> evidence = {};
    uint64_t started_usec = 1'800'000'000'000'000;
};

class ServiceDouble {
  public:
    ServiceDouble();
    ~ServiceDouble();

    void set_scheduler(const std::string& state, const std::string& reason = "");
    void set_mode(const std::string& mode);
    void start_game(uint32_t pid, const DoubleGame& game);  // with its signal
    void end_game(uint32_t pid);
    void trip(const std::string& reason, const std::string& action);

    // What Why says from now on.
    void set_program(const std::string& app_id, const std::string& executable);
    // All calls are answered with this error from now on; with none if it is empty.
    void refuse(const std::string& error);
    // "SetMode on"
    std::vector<std::string> calls() const;

  private:
    struct State {
        std::string mode = "auto", profile = "balanced", scheduler = "detached", reason;
        std::string app_id, executable, error;
        uint32_t trips = 0;
        std::vector<std::string> calls;
    };

    template <typename Value>
    auto getter(Value State::* member) {
        return [this, member] {
            const std::lock_guard lock(mutex_);
            return state_.*member;
        };
    }
    bool is_active() const;
    void add_manager();
    void add_scheduler();
    void on_call(const std::string& call);
    void changed(const char* interface, const std::vector<sdbus::PropertyName>& names);

    mutable std::mutex mutex_;
    State state_;
    std::unique_ptr<sdbus::IConnection> connection_;
    std::unique_ptr<sdbus::IObject> object_;
    std::map<uint32_t, std::unique_ptr<sdbus::IObject>> games_;
};

}  // namespace gamesched::test

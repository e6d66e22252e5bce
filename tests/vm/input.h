// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Input devices of the kernel that a test feeds (uinput), and who reads them.

#pragma once

#include <fcntl.h>
#include <linux/uinput.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace gamesched::test {

struct InputDevice {
    const char* name;
    std::vector<int> keys;
    int event_type;
    int event_code;
};

extern const InputDevice kMouse, kKeyboard, kGamepad;

class Input {
  public:
    explicit Input(const InputDevice& device);
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;
    ~Input() { close(fd_); }

    // Of its event device, which exists when the constructor has returned.
    std::string path() const;

    // One report: a movement, a key pressed or released.
    void send();
    void send_for(std::chrono::milliseconds time);  // 200 a second
    // The same until what is returned is destroyed.
    [[nodiscard]] std::jthread keep_sending();

  private:
    const InputDevice& device_;
    int fd_;
    bool odd_ = false;
};

// Reads events for ever and does something for each report.
template <typename Body>
[[noreturn]] void read_events(const std::string& path, Body body) {
    const int fd = open(path.c_str(), O_RDONLY);
    input_event event = {};
    for (;;)
        if (read(fd, &event, sizeof event) == sizeof event && event.type == EV_SYN)
            body();
}

}  // namespace gamesched::test

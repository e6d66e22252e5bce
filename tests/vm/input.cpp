// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/vm/input.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <filesystem>
#include <string_view>
#include <thread>

#include "tests/support/shell.h"

namespace gamesched::test {

using namespace std::chrono_literals;

const InputDevice kMouse = {"test mouse", {BTN_LEFT}, EV_REL, REL_X};
const InputDevice kKeyboard = {"test keyboard", {KEY_A, KEY_W}, EV_KEY, KEY_W};
const InputDevice kGamepad = {"test gamepad", {BTN_GAMEPAD, BTN_EAST}, EV_ABS, ABS_X};

Input::Input(const InputDevice& device) : device_(device) {
    sh("modprobe -a uinput evdev");
    fd_ = open("/dev/uinput", O_WRONLY | O_CLOEXEC);
    uinput_setup setup = {};
    setup.id = {.bustype = BUS_USB, .vendor = 1, .product = 1, .version = 1};
    std::string_view(device.name).copy(setup.name, sizeof(setup.name) - 1);
    uinput_abs_setup axis = {.code = ABS_X, .absinfo = {.minimum = -1000, .maximum = 1000}};
    ioctl(fd_, UI_SET_EVBIT, EV_KEY);
    for (const int key : device.keys)
        ioctl(fd_, UI_SET_KEYBIT, key);
    ioctl(fd_, UI_SET_EVBIT, device.event_type);
    if (device.event_type == EV_REL)
        ioctl(fd_, UI_SET_RELBIT, REL_X);
    if (device.event_type == EV_ABS)
        ioctl(fd_, UI_ABS_SETUP, &axis);
    ioctl(fd_, UI_DEV_SETUP, &setup);
    EXPECT_EQ(ioctl(fd_, UI_DEV_CREATE), 0) << device.name;
    EXPECT_TRUE(eventually([&] { return std::filesystem::exists(path()); })) << device.name;
}

std::string Input::path() const {
    char name[64] = {};
    ioctl(fd_, UI_GET_SYSNAME(sizeof name), name);
    for (const auto& entry : std::filesystem::directory_iterator(
             std::filesystem::path("/sys/devices/virtual/input") / name))
        if (entry.path().filename().string().starts_with("event"))
            return "/dev/input/" + entry.path().filename().string();
    return "";
}

void Input::send() {
    odd_ = !odd_;
    input_event events[2] = {};
    events[0].type = static_cast<uint16_t>(device_.event_type);
    events[0].code = static_cast<uint16_t>(device_.event_code);
    events[0].value = device_.event_type == EV_REL ? (odd_ ? 1 : -1) : odd_;
    events[1].type = EV_SYN;
    EXPECT_EQ(write(fd_, events, sizeof events), static_cast<ssize_t>(sizeof events));
}

void Input::send_for(std::chrono::milliseconds time) {
    for (const auto end = std::chrono::steady_clock::now() + time;
         std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(5ms))
        send();
}

std::jthread Input::keep_sending() {
    return std::jthread([this](const std::stop_token& stop) {
        while (!stop.stop_requested())
            send_for(20ms);
    });
}

}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A mouse that moves: makes a uinput device, prints the path of its event device, and writes a
// movement 250 times a second until it is killed. It is a real-time process, so that no scheduler
// under test delays it. The kernel stamps each event at the write; how late a reader is, the reader
// sees by itself.

#include <fcntl.h>
#include <linux/uinput.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <iostream>
#include <string>

namespace {

constexpr long kPeriodNs = 4'000'000;
constexpr int kPriority = 50;

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(1);
}

int make_device() {
    const int fd = open("/dev/uinput", O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        die("/dev/uinput");
    uinput_setup setup = {};
    setup.id = {.bustype = BUS_USB, .vendor = 1, .product = 1, .version = 1};
    std::strcpy(setup.name, "gamesched-bench mouse");
    if (ioctl(fd, UI_SET_EVBIT, EV_KEY) < 0 || ioctl(fd, UI_SET_KEYBIT, BTN_LEFT) < 0 ||
        ioctl(fd, UI_SET_EVBIT, EV_REL) < 0 || ioctl(fd, UI_SET_RELBIT, REL_X) < 0 ||
        ioctl(fd, UI_SET_RELBIT, REL_Y) < 0 || ioctl(fd, UI_DEV_SETUP, &setup) < 0 ||
        ioctl(fd, UI_DEV_CREATE) < 0)
        die("uinput");
    return fd;
}

std::string event_device(int fd) {
    char name[64] = {};
    if (ioctl(fd, UI_GET_SYSNAME(sizeof name), name) < 0)
        die("UI_GET_SYSNAME");
    const std::filesystem::path device = std::filesystem::path("/sys/devices/virtual/input") / name;
    for (const auto& entry : std::filesystem::directory_iterator(device)) {
        const std::string file = entry.path().filename();
        if (file.starts_with("event"))
            return "/dev/input/" + file;
    }
    std::cerr << "gamesched-bench-feeder: no event device; is evdev loaded?\n";
    std::exit(1);
}

void add_ns(timespec& time, long ns) {
    time.tv_nsec += ns;
    if (time.tv_nsec >= 1'000'000'000) {
        time.tv_nsec -= 1'000'000'000;
        ++time.tv_sec;
    }
}

}  // namespace

int main() {
    const sched_param param = {.sched_priority = kPriority};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int fd = make_device();
    std::cout << event_device(fd) << std::endl;
    if (sched_setscheduler(0, SCHED_FIFO, &param) != 0)
        die("SCHED_FIFO");

    timespec next;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (int step = 1;; step = -step) {
        add_ns(next, kPeriodNs);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, nullptr);
        input_event events[2] = {};
        events[0].type = EV_REL;
        events[0].code = REL_X;
        events[0].value = step;
        events[1].type = EV_SYN;
        events[1].code = SYN_REPORT;
        if (write(fd, events, sizeof events) != sizeof events)
            die("write");
    }
}

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Plays gameschedd for pictures of the tray: each line of the standard input is a scene.

#include <iostream>
#include <string>

#include "tests/support/service_double.h"

namespace {

using gamesched::test::ServiceDouble;

constexpr uint32_t kFirst = 4711, kSecond = 5120;

void play(ServiceDouble& service, const std::string& scene) {
    if (scene == "gaming") {
        service.set_scheduler("attached");
        service.start_game(kFirst, {.name = "Hollow Knight",
                                    .evidence = {"Steam started it, AppId 367520",
                                                 "it is in a Steam library", "it uses the GPU"}});
        service.start_game(kSecond, {.name = "super_tux <2> & Co",
                                     .source = "registered",
                                     .started_usec = 1'800'000'600'000'000});
    } else if (scene == "trouble") {
        service.trip("runnable task stall (HollowKnight[4712] failed to run for 30.012s)", "retry");
    } else if (scene == "on") {
        service.set_mode("on");
    }
}

}  // namespace

int main() {
    ServiceDouble service;
    for (std::string scene; std::getline(std::cin, scene);)
        play(service, scene);
}

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-session: options, logging, the session object, the loop.

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <system_error>
#include <utility>

#include "desktop/session/session.h"
#include "service/base/log.h"

namespace {

namespace session = gamesched::session;

std::filesystem::path working_directory() {
    std::error_code error;
    return std::filesystem::current_path(error);
}

}  // namespace

int main(int argc, char** argv) {
    session::SessionOptions options;
    options.config_directories = session::config_directories(
        std::getenv("XDG_CONFIG_HOME"), std::getenv("HOME"), working_directory());
    auto idle_msec = options.idle_time.count();
    bool debug = false;

    CLI::App app(
        "Speaks GameMode's protocol on the session bus and tells gameschedd of the games.\n"
        "Usually started by the bus; see gamesched-session(1).");
    app.set_version_flag("--version", "gamesched-session " GAMESCHED_VERSION);
    app.add_flag("--debug", debug, "log more");
    app.add_option("--config-directory", options.config_directories,
                   "where gamemode.ini may be; the last one wins")
        ->capture_default_str();
    app.add_option("--idle-msec", idle_msec, "ends after this long without a game")
        ->capture_default_str()
        ->check(CLI::Range(1, 86'400'000));
    CLI11_PARSE(app, argc, argv);

    gamesched::log_as("gamesched-session", debug);
    options.idle_time = std::chrono::milliseconds(idle_msec);
    try {
        return session::Session(std::move(options)).run();
    } catch (const std::exception& error) {
        spdlog::critical("gamesched-session cannot go on: {}", error.what());
        return EXIT_FAILURE;
    }
}

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gameschedd: options, logging, the daemon object, the loop.

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>

#include "service/base/libbpf_log.h"
#include "service/base/log.h"
#include "service/daemon.h"
#include "service/version.h"

int main(int argc, char** argv) {
    gamesched::DaemonOptions options;
    options.config_directories = {"/usr/share/gamesched", "/etc/gamesched", "/run/gamesched.d"};
    if (const char* directory = std::getenv("RUNTIME_DIRECTORY"))
        options.runtime_directory = directory;
    if (const char* directory = std::getenv("STATE_DIRECTORY"))
        options.state_directory = directory;
    bool debug = false;

    CLI::App app(
        "gamesched's system service: attaches its sched_ext scheduler while a game runs.\n"
        "Usually started by systemd; see gameschedd(8), and gamesched(1) for its client.");
    app.set_version_flag("--version", gamesched::kVersion);
    app.add_flag("--debug", debug, "log more");
    app.add_option("--config-directory", options.config_directories,
                   "where gamesched.toml and gamesched.conf.d are; the last one wins")
        ->capture_default_str();
    app.add_option("--runtime-directory", options.runtime_directory,
                   "where running games are remembered over a restart");
    app.add_option("--state-directory", options.state_directory,
                   "where games that have ended are remembered");
    CLI11_PARSE(app, argc, argv);

    gamesched::log_as("gameschedd", debug);
    gamesched::log_libbpf();
    try {
        return gamesched::Daemon(std::move(options)).run();
    } catch (const std::exception& error) {
        spdlog::critical("gameschedd cannot go on: {}", error.what());
        return EXIT_FAILURE;
    }
}

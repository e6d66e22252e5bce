// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-agent: options, logging, the loop.

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>

#include "desktop/agent/agent.h"
#include "service/base/log.h"

int main(int argc, char** argv) {
    CLI::App app(
        "Tells gameschedd what only the session knows: games' titles, and which window has the "
        "focus.\nUsually started with the session; see gamesched-agent(1).");
    app.set_version_flag("--version", "gamesched-agent " GAMESCHED_VERSION);
    CLI11_PARSE(app, argc, argv);

    gamesched::log_as("gamesched-agent");
    try {
        gamesched::Loop loop;
        return gamesched::agent::Agent(loop).run();
    } catch (const std::exception& error) {
        spdlog::critical("gamesched-agent cannot go on: {}", error.what());
        return EXIT_FAILURE;
    }
}

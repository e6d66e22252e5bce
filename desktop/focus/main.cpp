// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-focus: options, logging, the loop.

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>

#include "desktop/focus/follower.h"
#include "service/base/loop.h"

namespace {

void set_up_logging() {
    if (std::getenv("JOURNAL_STREAM")) {
        spdlog::set_default_logger(spdlog::systemd_logger_mt("gamesched-focus", "gamesched-focus"));
        return;
    }
    spdlog::set_default_logger(spdlog::stderr_logger_mt("gamesched-focus"));
    spdlog::set_pattern("%l: %v");
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "Tells gameschedd which window has the focus while several games run.\n"
        "Usually started with the session; see gamesched-focus(1).");
    app.set_version_flag("--version", "gamesched-focus " GAMESCHED_VERSION);
    CLI11_PARSE(app, argc, argv);

    set_up_logging();
    if (!std::getenv("DISPLAY")) {
        spdlog::info("There is no X server (DISPLAY is not set), so there is nothing to follow");
        return EXIT_SUCCESS;
    }
    try {
        gamesched::Loop loop;
        const auto term = loop.on_signal(SIGTERM, [&] { loop.exit(EXIT_SUCCESS); });
        const auto interrupt = loop.on_signal(SIGINT, [&] { loop.exit(EXIT_SUCCESS); });
        const gamesched::focus::Follower follower(loop);
        return loop.run();
    } catch (const std::exception& error) {
        spdlog::critical("gamesched-focus cannot go on: {}", error.what());
        return EXIT_FAILURE;
    }
}

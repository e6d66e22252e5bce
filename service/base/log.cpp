// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/sinks/systemd_sink.h>
#include <spdlog/spdlog.h>

#include <cstdlib>

namespace gamesched {

void log_as(const std::string& program, bool debug) {
    if (std::getenv("JOURNAL_STREAM")) {
        spdlog::set_default_logger(spdlog::systemd_logger_mt(program, program));
    } else {
        spdlog::set_default_logger(spdlog::stderr_logger_mt(program));
        spdlog::set_pattern("%l: %v");
    }
    spdlog::set_level(debug ? spdlog::level::debug : spdlog::level::info);
}

}  // namespace gamesched

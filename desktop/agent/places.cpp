// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/places.h"

#include <unistd.h>

#include <cstdlib>
#include <format>
#include <utility>

namespace gamesched::agent {
namespace {

// What is no absolute path is to be ignored (XDG Base Directory Specification).
std::filesystem::path folder_of(const char* variable, std::filesystem::path otherwise) {
    const char* value = std::getenv(variable);
    return value && *value == '/' ? value : std::move(otherwise);
}

}  // namespace

Places Places::of_environment() {
    const std::filesystem::path home = folder_of("HOME", "/nonexistent");
    return {.home = home,
            .data = folder_of("XDG_DATA_HOME", home / ".local/share"),
            .config = folder_of("XDG_CONFIG_HOME", home / ".config"),
            .runtime = folder_of("XDG_RUNTIME_DIR", std::format("/run/user/{}", getuid()))};
}

}  // namespace gamesched::agent

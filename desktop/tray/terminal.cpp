// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/terminal.h"

#include <utility>

#include "desktop/tray/gobject.h"

namespace gamesched::tray {
namespace {

// The desktops' common choice first, then Debian's.
std::vector<std::string> find_terminal() {
    if (TextPtr program{g_find_program_in_path("xdg-terminal-exec")})
        return {program.get()};
    if (TextPtr program{g_find_program_in_path("x-terminal-emulator")})
        return {program.get(), "-e"};
    return {};
}

}  // namespace

std::vector<std::string> in_terminal(const std::vector<std::string>& command) {
    std::vector<std::string> whole = find_terminal();
    if (!whole.empty())
        whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

bool start(const std::vector<std::string>& command) {
    std::vector<char*> argv;
    for (const std::string& word : command)
        argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ErrorPtr error;
    if (g_spawn_async(nullptr, argv.data(), nullptr, G_SPAWN_DEFAULT, nullptr, nullptr, nullptr,
                      std::out_ptr(error)))
        return true;
    g_warning("%s cannot be started: %s", argv[0], error->message);
    return false;
}

}  // namespace gamesched::tray

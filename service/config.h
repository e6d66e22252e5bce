// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The configuration: built-in defaults, then gamesched.toml, then the drop-ins in gamesched.conf.d
// in the order of their names. Directories, the later overriding the earlier: /usr/share/gamesched,
// /etc/gamesched, /run/gamesched.d.

#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "service/base/error.h"
#include "service/mode.h"
#include "service/power/config.h"
#include "service/scheduler/backend.h"
#include "service/scheduler/profiles.h"

namespace gamesched {

struct Config {
    Mode mode = Mode::kAuto;
    std::chrono::milliseconds linger = std::chrono::seconds(3);
    std::chrono::minutes
        stay_off{};  // after three trips of the scheduler; 0: until it is asked for
    bool detection = true;
    bool remote_users = false;  // theirs are found, too: users without a session at this machine
    std::vector<std::string> launchers = {"reaper"};
    std::vector<std::string> helpers = {"wineserver",   "services.exe", "winedevice.exe",
                                        "plugplay.exe", "svchost.exe",  "explorer.exe",
                                        "rpcss.exe",    "tabtip.exe",   "wineserver64"};
    std::vector<std::string> folders = {"games", "Games", "GOG Games", "steamapps"};
    SessionNames session = {
        .compositors = {"kwin_wayland", "kwin_x11", "gnome-shell", "mutter", "Xwayland", "Xorg",
                        "sway", "Hyprland", "river", "niri", "labwc", "wayfire", "weston",
                        "cosmic-comp", "gamescope", "gamescope-wl"},
        .audio = {"pipewire", "pipewire-pulse", "wireplumber", "pulseaudio", "jackd", "jackdbus"}};
    Profiles profiles;
    std::string profile = Profiles::kStandard;  // one of `profiles`
    std::string profile_place;                  // FILE:LINE where it was set, for messages
    TunableValues tunables;                     // over every profile
    PowerConfig power;
};

// kInvalidConfiguration names file, line and key.
Result<Config> load_config(const std::vector<std::filesystem::path>& directories);

// One file's text over `config`, which changes only on success. `file` is for messages. Whether
// `profile` exists is not looked at: a later file may bring it.
Result<void> apply_toml(Config& config, std::string_view text, std::string_view file);

}  // namespace gamesched

# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A desktop to look at: a root file system with a virtual screen and a panel, in which tests/tray/pictures.sh takes
# pictures of the tray. It holds nothing of ours: the present build is laid over it each time.

desktop_packages=(
    xvfb xfce4-panel xfconf xfce4-notifyd librsvg2-common adwaita-icon-theme fonts-dejavu-core
    dbus dbus-daemon libglib2.0-bin xdotool imagemagick procps locales xterm
    # libraries of the build
    libdbusmenu-glib4 libsdbus-c++2
)

desktop_ensure() {
    local packages key
    packages=$(rootfs_join "${desktop_packages[@]}")
    key=$(printf '%s %s' "$rootfs_suite" "$packages" | cat - <(declare -f rootfs_bootstrap) | host_hash)
    if host_is_stamped "$DEV_STATE/desktop.stamp" "$key"; then
        ui_say "desktop: still valid, reused"
        return
    fi
    rm -f "$DEV_STATE/desktop.stamp"
    ui_step "making the desktop (one to two minutes)" "$DEV_LOGS/desktop.log" \
        "check that apt on this machine works and has the keys of Debian's archive, then repeat" \
        rootfs_bootstrap "$DEV_STATE/desktop" "$packages"
    printf '%s\n' "$key" >"$DEV_STATE/desktop.stamp"
}

# desktop_run CMD…: as rootfs_run, in the desktop.
desktop_run() {
    # shellcheck disable=SC2016 # expanded inside
    host_isolated bash -c "$(declare -f rootfs_enter)"'; set -Eeuo pipefail; rootfs_enter "$@"' enter \
        "$DEV_STATE/desktop" "$DEV_TOP" "$DEV_STATE/build" "$@"
}

# desktop_pictures DIR: DIR is under the source tree.
desktop_pictures() {
    ui_step "installing the build into the desktop" "$DEV_LOGS/desktop-install.log" "look at the install rules in meson.build" \
        rootfs_run bash -c 'rm -rf /build/desktop && meson install -C /build/gcc --no-rebuild --destdir /build/desktop'
    desktop_run bash -c 'cp -a /build/desktop/. / && gtk-update-icon-cache -qtf /usr/share/icons/hicolor'
    desktop_run tests/tray/pictures.sh /build/gcc/tests/gamesched-tray-scene "$(rootfs_path "$1")"
}

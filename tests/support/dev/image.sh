# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The root of the test machines: a small Debian with systemd, the system bus and polkit, as an ext4 image for kernels
# that can read a disk and as a cpio archive for kernels whose modules are not to be had. It holds nothing of ours:
# the build and the kernel's modules are laid over it at boot (tests/support/guest/init), so it changes only with its
# package list.

image_packages=(
    systemd systemd-sysv udev dbus dbus-user-session polkitd libpam-systemd passwd login util-linux procps psmisc
    kmod bash iproute2 sudo python3-minimal libglib2.0-bin strace
    stress-ng rt-tests bpftool gcc libc6-dev alsa-utils libdrm-tests
    gamemode gamemode-daemon libgamemode0 libgamemodeauto0 xvfb x11-utils lbreakouthd
    power-profiles-daemon
    # libraries of the build; build_payload_check says when one is missing
    libsdbus-c++2 libbpf1 libspdlog1.15 libxcb1 libxcb-res0 libyaml-cpp0.8 libwayland-client0 libfmt10 libsystemd0 libelf1t64 libtomlplusplus3t64 libdbusmenu-glib4
    libftxui-dom5.0.0 libftxui-screen5.0.0
)

# Units that a machine of a few minutes does without; each costs up to a second under emulation. A test that wants a
# kernel module or a mount of these asks for it itself (modprobe, mount).
image_masked=(
    systemd-timesyncd.service systemd-hwdb-update.service systemd-journal-catalog-update.service ldconfig.service
    systemd-pstore.service systemd-networkd-wait-online.service systemd-binfmt.service systemd-random-seed.service
    systemd-machine-id-commit.service systemd-update-utmp.service systemd-update-done.service systemd-firstboot.service
    systemd-journal-flush.service systemd-quotacheck.service systemd-rfkill.socket systemd-modules-load.service
    systemd-udev-load-credentials.service systemd-remount-fs.service systemd-boot-random-seed.service
    systemd-tmpfiles-setup-dev-early.service systemd-tmpfiles-setup-dev.service kmod-static-nodes.service
    modprobe@drm.service modprobe@configfs.service modprobe@fuse.service modprobe@efi_pstore.service
    sys-kernel-config.mount sys-fs-fuse-connections.mount sys-kernel-debug.mount dev-hugepages.mount dev-mqueue.mount
    proc-sys-fs-binfmt_misc.automount run-lock.mount
    apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer
    man-db.timer systemd-tmpfiles-clean.timer getty@tty1.service serial-getty@ttyS0.service serial-getty@hvc0.service
    console-getty.service getty.target systemd-ask-password-wall.path systemd-ask-password-console.path
)

# Device kinds whose drivers nobody needs here: without their events no driver is loaded for them at boot.
image_unplugged=(pci cpu acpi platform serio pnp tty vc mem vtconsole workqueue machinecheck event_source clockevents clocksource)

# Services that are not under test start faster without their sandbox.
image_unsandboxed=(systemd-journald systemd-udevd systemd-logind polkit)

# stress-ng is linked with EGL, whose drivers it never needs here.
image_exclude=(
    --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/libLLVM*' --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/libgallium*'
    --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/dri/*' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*'
    --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/libicudata*' --dpkgopt='path-exclude=/usr/lib/x86_64-linux-gnu/libz3*'
)

# Runs on the finished directory.
image_customise() {
    local root=$1
    chroot "$root" useradd --create-home --uid 1000 --shell /bin/bash player
    chroot "$root" useradd --create-home --uid 1001 --shell /bin/bash other
    chroot "$root" passwd --delete root
    printf 'gamesched\n' >"$root/etc/hostname"
    printf '127.0.0.1 localhost gamesched\n' >"$root/etc/hosts"
    printf '%s\n' 6a6d3f0c5d1e4a4f9d3c1b2a49586776 >"$root/etc/machine-id"
    mkdir -p "$root/etc/systemd/journald.conf.d" "$root/etc/systemd/system.conf.d"
    printf '[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\n' >"$root/etc/systemd/journald.conf.d/dev.conf"
    printf '[Manager]\nDefaultTimeoutStopSec=20s\n' >"$root/etc/systemd/system.conf.d/dev.conf"
    ln -sf /usr/lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
    chroot "$root" systemctl mask --quiet "${image_masked[@]}"
    image_quicken "$root"
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "$root"/usr/share/{zoneinfo,bash-completion,mime}
    touch "$root/etc/.updated"
}

image_quicken() {
    local root=$1 unit generator
    for unit in "${image_unsandboxed[@]}"; do
        mkdir -p "$root/etc/systemd/system/$unit.service.d"
        printf '[Service]\n%s\n' SystemCallFilter= SystemCallArchitectures= RestrictAddressFamilies= IPAddressDeny= \
            DeviceAllow= DevicePolicy=auto {RestrictNamespaces,RestrictRealtime,RestrictSUIDSGID,MemoryDenyWriteExecute}=no \
            {LockPersonality,PrivateTmp,PrivateDevices,PrivateNetwork,ProtectSystem,ProtectHome,ProtectClock}=no \
            {ProtectControlGroups,ProtectHostname,ProtectKernelLogs,ProtectKernelModules,ProtectKernelTunables}=no \
            ProtectProc=default NoNewPrivileges=no CapabilityBoundingSet='~' >"$root/etc/systemd/system/$unit.service.d/dev.conf"
    done
    mkdir -p "$root/etc/systemd/system-generators" "$root/etc/systemd/system/systemd-udev-trigger.service.d"
    for generator in "$root"/usr/lib/systemd/system-generators/*; do
        ln -s /dev/null "$root/etc/systemd/system-generators/${generator##*/}"
    done
    printf '%s\n' '[Service]' ExecStart= "ExecStart=-udevadm trigger --type=devices --action=add ${image_unplugged[*]/#/--subsystem-nomatch=}" \
        >"$root/etc/systemd/system/systemd-udev-trigger.service.d/dev.conf"
}

image_make() {
    local dir=$DEV_STATE/guest.root
    rootfs_bootstrap "$dir" "$(rootfs_join "${image_packages[@]}")" "${image_exclude[@]}"
    image_customise "$dir"
    find "$dir/usr/lib" -name '*.so*' -printf '%f\n' | sort -u >"$DEV_STATE/guest.libs"
    rm -f "$DEV_STATE/guest.ext4" "$DEV_STATE/guest.cpio"
    mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -E lazy_itable_init=1,nodiscard -d "$dir" "$DEV_STATE/guest.ext4" 3G
}

image_ensure() {
    local key
    key=$(printf '%s ' "$rootfs_suite" "${image_packages[@]}" "${image_masked[@]}" "${image_exclude[@]}" "${image_unplugged[@]}" "${image_unsandboxed[@]}" |
        cat - <(declare -f image_customise image_quicken image_make rootfs_bootstrap) | host_hash)
    if host_is_stamped "$DEV_STATE/guest.stamp" "$key"; then
        ui_say "root image of the machine: still valid, reused"
        return
    fi
    rm -f "$DEV_STATE/guest.stamp"
    ui_step "making the root image of the machine (about a minute)" "$DEV_LOGS/guest.log" \
        "check that apt on this machine works, then repeat" image_make
    printf '%s\n' "$key" >"$DEV_STATE/guest.stamp"
}

# The same root as an archive, for a machine that runs from memory.
image_archive_make() {
    mkdir -p "$DEV_STATE/guest.wrap"
    rm -rf "$DEV_STATE/guest.wrap/newroot"
    mv "$DEV_STATE/guest.root" "$DEV_STATE/guest.wrap/newroot"
    (cd "$DEV_STATE/guest.wrap" && find newroot -print0 | cpio --quiet --null --create --format=newc) >"$DEV_STATE/guest.cpio.new"
    mv "$DEV_STATE/guest.wrap/newroot" "$DEV_STATE/guest.root"
    mv "$DEV_STATE/guest.cpio.new" "$DEV_STATE/guest.cpio"
}

image_archive_ensure() {
    [[ ! -e $DEV_STATE/guest.cpio ]] || return 0
    ui_step "making the root archive for kernels without modules" "$DEV_LOGS/guest-cpio.log" "repeat" image_archive_make
}

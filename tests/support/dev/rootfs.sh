# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The build root: a Debian root file system under .dev/root with the whole toolchain. Every compiler, test and
# checker runs in it, so that the machine's own distribution does not matter. The root is made from scratch when
# its package list changes and is never edited by hand. The root of the test machines is image.sh's.

rootfs_suite=trixie

rootfs_packages=(
    # toolchain
    meson ninja-build g++ clang clang-format clang-tidy clang-tools llvm libclang-rt-dev pkgconf gettext
    # BPF
    libbpf-dev bpftool linux-bpf-dev libelf-dev zlib1g-dev
    # libraries
    libsdbus-c++-dev libsdbus-c++-bin libsystemd-dev libglib2.0-dev libglib2.0-bin libdbusmenu-glib-dev libspdlog-dev libtomlplusplus-dev
    libcli11-dev libftxui-dev nlohmann-json3-dev libgtest-dev libgmock-dev libxcb1-dev libxcb-res0-dev libyaml-cpp-dev libwayland-dev wayland-protocols
    # what tests start
    dbus dbus-daemon procps python3 python3-gi locales quickjs labwc tmux chromium-headless-shell
    # checks
    git shellcheck libxml2-utils desktop-file-utils systemd
    # images and kernels
    busybox-static kmod cpio xz-utils zstd e2fsprogs ca-certificates
)

# Wanted by kernels that are built here, and installed when the first one is.
rootfs_kernel_packages=(bc bison flex libssl-dev dwarves make gcc libc6-dev rsync)

rootfs_exclude=(
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*'
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/info/*'
    --dpkgopt='path-exclude=/usr/share/lintian/*'
)

# rootfs_bootstrap DIR PACKAGES MMDEBSTRAP-OPTION…
rootfs_bootstrap() {
    local dir=$1 packages=$2 mirror keyring signed='' part sources=()
    shift 2
    mirror=$(host_mirror)
    keyring=$(host_keyring)
    [[ -z $keyring ]] || signed="[signed-by=$keyring] "
    for part in "$rootfs_suite" "$rootfs_suite-updates" "$rootfs_suite-backports"; do
        sources+=("deb $signed$mirror $part main")
    done
    rm -rf "$dir"
    host_isolated mmdebstrap --mode=root --variant=apt --format=directory --include="$packages" \
        --aptopt='APT::Install-Recommends "false"' "${rootfs_exclude[@]}" "$@" "$rootfs_suite" "$dir" "${sources[@]}"
}

rootfs_join() { local IFS=,; printf '%s' "$*"; }

rootfs_ensure() {
    local packages key
    packages=$(rootfs_join "${rootfs_packages[@]}")
    key=$(printf '%s %s' "$rootfs_suite" "$packages" | cat - <(declare -f rootfs_bootstrap) | host_hash)
    if host_is_stamped "$DEV_STATE/root.stamp" "$key"; then
        ui_say "build root: still valid, reused"
        return
    fi
    rm -f "$DEV_STATE/root.stamp" "$DEV_STATE/root.kernel-packages"
    ui_step "making the build root ($rootfs_suite, one to two minutes)" "$DEV_LOGS/root.log" \
        "check that apt on this machine works and has the keys of Debian's archive, then repeat" \
        rootfs_bootstrap "$DEV_STATE/root" "$packages" --skip=cleanup/apt/lists
    printf '%s\n' "$key" >"$DEV_STATE/root.stamp"
}

# Runs inside a private mount and process namespace: ROOT SOURCE BUILD CMD…
rootfs_enter() {
    local root=$1 source=$2 build=$3
    shift 3
    mkdir -p "$root/src" "$root/build"
    mount --bind "$source" "$root/src"
    mount --bind "$build" "$root/build"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --rbind /sys "$root/sys"
    mountpoint -q "$root/sys/fs/bpf" || mount -t bpf bpf "$root/sys/fs/bpf" 2>/dev/null || true
    mount -t tmpfs -o mode=1777 tmp "$root/tmp"
    mount -t tmpfs -o mode=755 run "$root/run"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
    # Not exec: the first process of a namespace ignores Ctrl-C, its children do not.
    # shellcheck disable=SC2016 # expanded inside
    chroot "$root" /usr/bin/env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin \
        DEBIAN_FRONTEND=noninteractive GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' \
        bash -c 'cd /src && exec "$@"' enter "$@"
}

# rootfs_run CMD…: runs CMD in the build root, in /src.
rootfs_run() {
    mkdir -p "$DEV_STATE/build"
    # shellcheck disable=SC2016 # expanded inside
    host_isolated bash -c "$(declare -f rootfs_enter)"'; set -Eeuo pipefail; rootfs_enter "$@"' enter \
        "$DEV_STATE/root" "$DEV_TOP" "$DEV_STATE/build" "$@"
}

# A path under the source tree as the build root sees it.
rootfs_path() { printf '/src/%s\n' "${1#"$DEV_TOP"/}"; }

rootfs_install_kernel_packages() {
    [[ ! -e $DEV_STATE/root.kernel-packages ]] || return 0
    ui_step "adding what a kernel build needs to the build root" "$DEV_LOGS/root-kernel-packages.log" "repeat; ./dev clean --all starts afresh" \
        rootfs_run apt-get install -y --no-install-recommends "${rootfs_kernel_packages[@]}"
    touch "$DEV_STATE/root.kernel-packages"
}

# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ./dev needs from the machine that it runs on: root, a few Debian packages, the package mirror, a lock.
# It does not build or boot anything, and changes nothing outside .dev except installing missing packages.

# command that proves the package, package
host_needs=(
    mmdebstrap:mmdebstrap
    qemu-system-x86_64:qemu-system-x86
    mke2fs:e2fsprogs
    cpio:cpio
    unshare:util-linux
    git:git
)

host_require_root() {
    ((EUID == 0)) || ui_die "$1 needs root: it makes a root file system and enters it" "what to do: sudo ./dev …"
}

# Installs what is missing, and says so. Debian and what descends from it.
host_prepare() {
    local need missing=()
    for need in "${host_needs[@]}"; do
        command -v "${need%%:*}" >/dev/null || missing+=("${need#*:}")
    done
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null || ui_die "missing on this machine: ${missing[*]}" "what to do: install them; without apt-get this script cannot"
    ui_step "refreshing the machine's package lists" "$DEV_LOGS/host-apt-update.log" "check the network and /etc/apt" apt-get update
    ui_step "installing on this machine: ${missing[*]}" "$DEV_LOGS/host-apt-install.log" "install them by hand" \
        env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
}

host_find_mirror() {
    # shellcheck disable=SC2016 # the format is apt's
    apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian' 'Created-By: Packages' 2>/dev/null | head -n 1
}

# The Debian archive that this machine's apt uses. GAMESCHED_MIRROR overrides it.
host_mirror() {
    local mirror=${GAMESCHED_MIRROR:-$(host_find_mirror)}
    if [[ -z $mirror ]]; then
        apt-get update >&2 || true
        mirror=$(host_find_mirror)
    fi
    [[ -n $mirror ]] || ui_die "apt on this machine knows no Debian archive" "what to do: GAMESCHED_MIRROR=http://… ./dev …"
    printf '%s\n' "${mirror%/}"
}

host_keyring() {
    local file
    for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
        [[ ! -e $file ]] || { printf '%s\n' "$file"; return; }
    done
}

# Its own mounts and processes; both end with it, however it ends.
host_isolated() {
    unshare --mount --pid --fork --kill-child=KILL --mount-proc -- "$@"
}

# One call of ./dev at a time may change what is under .dev; machines run without the lock.
host_lock() {
    exec 9>"$DEV_STATE/lock"
    flock -n 9 && return
    ui_say "waiting for another ./dev that is building"
    flock 9
}

host_unlock() { exec 9>&-; }

host_is_stamped() { [[ -e $1 && $(<"$1") == "$2" ]]; }

host_hash() { sha256sum | cut -c1-16; }

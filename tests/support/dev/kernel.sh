# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The kernels of the test machines, one directory each under .dev/kernels: vmlinuz, version, initramfs.cpio, and
# modules.ext4 when the archive still has its modules. Which versions there are is asked from the archive's package
# index; the one exception is the oldest series with sched_ext, whose Debian build leaves it out: that one is built
# here from Debian's source with a small configuration.

kernel_own_series=6.12       # the first series with sched_ext
kernel_oldest_packaged=6.16  # the first one that Debian's archive has with sched_ext
kernel_flavour=amd64

# What a kernel needs to find its root; a module that a kernel lacks is built in or not needed.
kernel_boot_modules=(virtio_pci virtio_blk ext4 virtio_console)
kernel_share_modules=(9p 9pnet_virtio)

kernel_dir() { printf '%s\n' "$DEV_STATE/kernels/$1"; }

# The index is a week old at most.
kernel_index_ensure() {
    local index=$DEV_STATE/kernels.index
    mkdir -p "$DEV_STATE/kernels"
    if [[ -e $index && $index -nt $DEV_STATE/root.stamp && -z $(find "$index" -mtime +7) ]]; then return; fi
    if [[ -e $index ]]; then kernel_index_refresh; fi
    # shellcheck disable=SC2016 # expanded inside
    ui_step "asking the archive which kernels there are" "$DEV_LOGS/kernel-index.log" "check the network" \
        rootfs_run bash -c "$(declare -f kernel_index_inside)"'; set -euo pipefail; kernel_index_inside "$@"' index \
        "$kernel_flavour" "$(rootfs_path "$index")"
}

kernel_index_refresh() {
    if ! rootfs_run apt-get update >"$DEV_LOGS/apt-update.log" 2>&1; then
        ui_say "note: cannot refresh the package index ($DEV_LOGS/apt-update.log); the old one is used"
    fi
    rm -f "$DEV_STATE/kernels.index"
}

# Runs in the build root: one line per kernel package, "VERSION stock|packaged", oldest first.
kernel_index_inside() {
    local flavour=$1 file=$2 stock
    stock=$(apt-cache depends "linux-image-$flavour" | sed -n 's/^  Depends: linux-image-//p' | head -n 1)
    apt-cache pkgnames linux-image- | sed -nE "s/^linux-image-([0-9][0-9.]*([+~][a-z0-9.]+)?-$flavour)\$/\1/p" | sort -V |
        while read -r version; do
            if [[ $version == "$stock" ]]; then echo "$version stock"; else echo "$version packaged"; fi
        done >"$file.new"
    mv "$file.new" "$file"
}

kernel_series() { sed -E 's/^([0-9]+\.[0-9]+).*/\1/' <<<"$1"; }

# The packaged kernels that have sched_ext, oldest first.
kernel_list() {
    local version kind
    while read -r version kind; do
        if [[ $kind == packaged ]] && kernel_at_least "$version" "$kernel_oldest_packaged"; then printf '%s\n' "$version"; fi
    done <"$DEV_STATE/kernels.index"
}

kernel_at_least() { [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]; }

kernel_newest() { kernel_list | tail -n 1; }

# The newest of each series, oldest series first.
kernel_newest_of_each_series() {
    local version
    kernel_list | while read -r version; do printf '%s %s\n' "$(kernel_series "$version")" "$version"; done |
        awk '{ if (!($1 in newest)) order[++n] = $1; newest[$1] = $2 } END { for (i = 1; i <= n; i++) print newest[order[i]] }'
}

# kernel_resolve WISH: the full version for a prefix, `stock`, or nothing (the newest).
kernel_resolve() {
    local wish=$1 found
    case $wish in
        '') found=$(kernel_newest) ;;
        stock) found=$(sed -n 's/ stock$//p' "$DEV_STATE/kernels.index") ;;
        "$kernel_own_series") found=$kernel_own_series ;;
        *) found=$(awk -v p="$wish" '$1 == p || index($1, p ".") == 1 || index($1, p "+") == 1 { print $1 }' "$DEV_STATE/kernels.index" | tail -n 1) ;;
    esac
    [[ -n $found ]] || ui_die "there is no kernel ${wish:-with sched_ext} in the package index" \
        "there are: stock, $kernel_own_series (built here)," "$(kernel_list | sed "s/[+-].*//" | tr '\n' ' ')"
    printf '%s\n' "$found"
}

# kernel_ensure VERSION (as kernel_resolve gives it)
kernel_ensure() {
    local version=$1 dir
    dir=$(kernel_dir "$version")
    if [[ ! -e $dir/stamp ]]; then
        if [[ $version == "$kernel_own_series" ]]; then kernel_own_make "$dir"; else kernel_package_make "$version" "$dir"; fi
        touch "$dir/stamp"
    elif ((kernel_quiet == 0)); then
        ui_say "kernel $version: still valid, reused"
    fi
    kernel_initramfs_ensure "$version" "$dir"
}
kernel_quiet=0

kernel_package_make() {
    rm -rf "$2"
    mkdir -p "$2"
    kernel_index_check "$1"
    # shellcheck disable=SC2016 # expanded inside
    ui_step "fetching kernel $1" "$DEV_LOGS/kernel-$1.log" "the archive may have dropped it: rm .dev/kernels.index and repeat" \
        rootfs_run bash -c "$(declare -f kernel_package_inside)"'; set -euo pipefail; kernel_package_inside "$@"' fetch "$1" "$(rootfs_path "$2")"
}

# An index that names what the archive no longer has is refreshed once.
kernel_index_check() {
    rootfs_run apt-get download --print-uris "linux-image-$1" >/dev/null 2>&1 || kernel_index_refresh
    kernel_index_ensure
}

# Runs in the build root. Debian splits newer kernels into linux-binary (signed) and linux-modules; superseded ones
# lose their modules package first, and then only vmlinuz is to be had.
kernel_package_inside() {
    local version=$1 dir=$2 name packages=() tree=$2/unpacked
    for name in image binary modules; do
        # One that others only depend on is known to apt, too, but has no candidate.
        if [[ $(apt-cache policy "linux-$name-$version") == *'Candidate: '[^\(]* ]]; then packages+=("linux-$name-$version"); fi
    done
    mkdir -p "$tree"
    cd "$tree" || return
    apt-get download -o APT::Sandbox::User=root "${packages[@]}"
    for name in *.deb; do dpkg-deb -x "$name" . && rm "$name"; done
    cp "$(find boot usr/lib/modules lib/modules -name 'vmlinuz*' -type f -print -quit 2>/dev/null)" "$dir/vmlinuz"
    echo "$version" >"$dir/version"
    [[ ! -d lib/modules ]] || { mkdir -p usr/lib && cp -al lib/modules usr/lib/ && rm -r lib; ln -s usr/lib lib; }
    [[ -e lib ]] || ln -s usr/lib lib
    if [[ -d usr/lib/modules/$version/kernel ]]; then
        depmod -b . "$version"
        mke2fs -q -t ext4 -O ^has_journal,^metadata_csum -m 0 -d "usr/lib/modules/$version" "$dir/modules.ext4" "$(($(du -sm usr/lib/modules | cut -f1) * 5 / 4 + 64))M"
    fi
}

# The initramfs: busybox, the boot modules in loading order, and our init and agent.
kernel_initramfs_ensure() {
    local version=$1 dir=$2 key
    key=$(cat "$DEV_GUEST"/* - <<<"${kernel_boot_modules[*]} ${kernel_share_modules[*]}" | cat - <(declare -f kernel_initramfs_inside kernel_initramfs_modules) | host_hash)
    if host_is_stamped "$dir/initramfs.stamp" "$key"; then return; fi
    # shellcheck disable=SC2016 # expanded inside
    ui_step "making the initramfs of kernel $version" "$DEV_LOGS/initramfs-$version.log" "./dev clean --all starts afresh" \
        rootfs_run bash -c "$(declare -f kernel_initramfs_inside kernel_initramfs_modules)"'; set -euo pipefail; kernel_initramfs_inside "$@"' initramfs \
        "$version" "$(rootfs_path "$dir")" "$(rootfs_path "$DEV_GUEST")" "${kernel_boot_modules[*]}" "${kernel_share_modules[*]}"
    printf '%s\n' "$key" >"$dir/initramfs.stamp"
}

# Runs in the build root.
kernel_initramfs_inside() {
    local version=$1 dir=$2 guest=$3 tree=/tmp/initramfs
    mkdir -p "$tree"/{bin,dev,proc,sys,modules,newroot,agent}
    cp /usr/bin/busybox "$tree/bin/"
    install -m 755 "$guest/init" "$tree/init"
    cp "$guest"/agent* "$guest"/*.service "$tree/agent/"
    if [[ -d $dir/unpacked/usr/lib/modules/$version/kernel ]]; then
        kernel_initramfs_modules "$version" "$dir" "$4" >"$tree/modules/boot"
        kernel_initramfs_modules "$version" "$dir" "$5" | grep -vxFf "$tree/modules/boot" >"$tree/modules/share"
    fi
    (cd "$tree" && find . -print0 | cpio --quiet --null --create --format=newc --owner=0:0) >"$dir/initramfs.cpio.new"
    mv "$dir/initramfs.cpio.new" "$dir/initramfs.cpio"
}

# Copies the modules that WORDS name and what they need, and prints them in loading order.
kernel_initramfs_modules() {
    local version=$1 dir=$2 module path to
    for module in $3; do
        modprobe -S "$version" -d "$dir/unpacked" --show-depends "$module" 2>/dev/null | sed -n 's/^insmod //p' || true
    done | awk '!seen[$1]++ { print $1 }' | while read -r path; do
        to=$(basename "$path")
        case $path in
            *.xz) to=${to%.xz}; xz -dc "$path" >"/tmp/initramfs/modules/$to" ;;
            *.zst) to=${to%.zst}; zstd -qdc "$path" >"/tmp/initramfs/modules/$to" ;;
            *) cp "$path" /tmp/initramfs/modules/ ;;
        esac
        echo "$to"
    done
}

kernel_own_make() {
    rm -rf "$1"
    mkdir -p "$1"
    rootfs_install_kernel_packages
    # shellcheck disable=SC2016 # expanded inside
    ui_step "building kernel $kernel_own_series with sched_ext (six to ten minutes, once)" "$DEV_LOGS/kernel-own.log" \
        "see tests/support/kernel/config" \
        rootfs_run bash -c "$(declare -f kernel_own_inside)"'; set -euo pipefail; kernel_own_inside "$@"' own \
        "$kernel_own_series" "$(rootfs_path "$1")" "$(rootfs_path "$DEV_TOP/tests/support/kernel/config")"
}

# Runs in the build root.
kernel_own_inside() {
    local series=$1 dir=$2 config=$3 tree=/build/kernel-$1
    mkdir -p "$tree/deb"
    cd "$tree" || return
    (cd deb && apt-get download -o APT::Sandbox::User=root "linux-source-$series")
    dpkg-deb -x deb/*.deb deb
    tar -xf deb/usr/src/linux-source-*.tar.xz --strip-components=1
    rm -rf deb
    make -s ARCH=x86_64 KCONFIG_ALLCONFIG="$config" allnoconfig
    # What the fragment asks for and this kernel does not give is an error here, not a riddle later.
    grep -v '^ *#' "$config" | grep '=' | grep -vxFf .config && { echo "the options above were not accepted"; return 1; }
    make -s ARCH=x86_64 -j"$(nproc)" bzImage
    cp arch/x86/boot/bzImage "$dir/vmlinuz"
    cp .config "$dir/config"
    make -s kernelrelease >"$dir/version"
    cd / && rm -rf "$tree"
}

# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds gamesched in the build root, one build directory per configuration, and packs what it installs for the test
# machines (the payload). Which files a build installs is meson's business.

# Warnings are errors in all of them, so that no build is needed only to see warnings. With the sanitizers several sources are
# compiled as one, which takes half the time, and so are gcc's tests; its programs are built as distributions do. Static
# analysis looks at each source and has what is generated only.
declare -A build_env=(
    [gcc]='CC=gcc CXX=g++' [asan]='CC=clang CXX=clang++' [tidy]='CC=clang CXX=clang++'
)
build_sanitized='-Db_sanitize=address,undefined -Db_lundef=false -Doptimization=0'
build_unity='--unity=on -Dunity_size=6'
declare -A build_options=(
    [gcc]='-Dunity_size=6' [asan]="$build_sanitized $build_unity" [tidy]=$build_sanitized
)

# Runs in the build root.
build_inside() {
    local name=$1 env=$2 options=$3 targets=()
    [[ $(cat "/build/$name/options" 2>/dev/null) == "$options" ]] || rm -rf "/build/$name"
    if [[ ! -e /build/$name/build.ninja ]]; then
        # shellcheck disable=SC2086 # lists of words
        env $env meson setup "/build/$name" /src -Dtests=true -Dwerror=true $options || { rm -rf "/build/$name"; return 1; }
        printf '%s\n' "$options" >"/build/$name/options"
    fi
    if [[ $name == tidy ]]; then
        mapfile -t targets < <(ninja -C /build/tidy -t targets all | grep -v '^meson-internal' | sed -n 's/: CUSTOM_COMMAND.*//p; s/\(\.pch\): .*/\1/p')
        ((${#targets[@]})) || { echo 'nothing is generated: look at the names in ninja -t targets all'; return 1; }
    fi
    ninja -C "/build/$name" "${targets[@]}"
}

build_try() {
    local name=$1
    rootfs_run bash -c "$(declare -f build_inside)"'; set -euo pipefail; build_inside "$@"' build \
        "$name" "${build_env[$name]}" "${build_options[$name]}"
}

# build_ensure NAME: configuration NAME is built; what is up to date is not built again.
build_ensure() {
    ui_step "building ($1)" "$DEV_LOGS/build-$1.log" "mend the error above; ./dev clean starts afresh" build_try "$1"
}

# Runs in the build root: installs into a staging tree and packs it. The unit is enabled as an installation would.
build_pack_inside() {
    local stage=/build/stage unit=usr/lib/systemd/system/gameschedd.service
    rm -rf "$stage"
    meson install -C /build/gcc --no-rebuild --strip --destdir "$stage"
    if [[ -e $stage/$unit ]] && grep -q '^\[Install\]' "$stage/$unit"; then
        systemctl --root="$stage" enable gameschedd.service
    fi
    find "$stage" -path "$stage/usr/share" -prune -o -type f \( -perm -u+x -o -name '*.so*' \) -exec objdump -p {} + 2>/dev/null |
        sed -n 's/^  NEEDED  *//p' | sort -u >/build/payload.needed
    tar -C "$stage" --numeric-owner --owner=0 --group=0 --sort=name -cf /build/payload.tar.new .
    mv /build/payload.tar.new /build/payload.tar
}

build_payload_key() {
    (cd "$DEV_STATE/build/gcc" && find . -path ./meson-logs -prune -o -type f ! -name '.ninja_*' -printf '%p %s %T@\n' | sort) |
        cat - <(declare -f build_pack_inside) <(build_source_state) | host_hash
}

# Data files are installed from the source tree without being built.
build_source_state() {
    (cd "$DEV_TOP" && find . \( -path ./.dev -o -path ./.git \) -prune -o -type f -printf '%p %s %T@\n' | sort)
}

build_payload_ensure() {
    local key
    key=$(build_payload_key)
    if host_is_stamped "$DEV_STATE/payload.stamp" "$key"; then
        ui_say "installed files for the machine: still valid, reused"
        return
    fi
    # shellcheck disable=SC2016 # expanded inside
    ui_step "packing what the build installs" "$DEV_LOGS/payload.log" "look at the install rules in meson.build" \
        rootfs_run bash -c "$(declare -f build_pack_inside)"'; set -euo pipefail; build_pack_inside' pack
    build_payload_check
    printf '%s\n' "$key" >"$DEV_STATE/payload.stamp"
}

# Every shared library that the build wants must be in the test machine.
build_payload_check() {
    local library missing=()
    while read -r library; do
        grep -qxF "$library" "$DEV_STATE/guest.libs" || [[ -n $(find "$DEV_STATE/build/stage" -name "$library" -print -quit) ]] || missing+=("$library")
    done <"$DEV_STATE/build/payload.needed"
    ((${#missing[@]} == 0)) || ui_die "the test machine lacks shared libraries that the build needs: ${missing[*]}" \
        "what to do: add their packages to image_packages in tests/support/dev/image.sh"
}

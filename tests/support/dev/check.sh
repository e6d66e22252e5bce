# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checks of the sources that need no test: format, clang-tidy, shellcheck, validity of the files that other programs
# read. All tools are the build root's, so that everybody gets the same answer.

check_files() { git -C "$DEV_TOP" ls-files --cached --others --exclude-standard -- "$@"; }

check_sources() { check_files '*.c' '*.h' '*.cpp' '*.hpp'; }

check_format() {
    local files=() options=(-i)
    mapfile -t files < <(check_sources)
    ((${#files[@]})) || { ui_say "no sources to format"; return 0; }
    [[ $1 == no ]] || options=(--dry-run -Werror)
    rootfs_run clang-format "${options[@]}" "${files[@]}" || return 1
    ui_say "format: ${#files[@]} files"
}

check_tidy() {
    rootfs_run run-clang-tidy -quiet -p /build/tidy -j "$(nproc)" '^/src/(service|desktop|tests)/.*\.cpp$'
}

# The programs for the kernel, which clang-tidy does not read: they are in no compilation database.
check_bpf() {
    local source files=() failed=no
    mapfile -t files < <(check_files 'bpf/*.bpf.c' 'tests/bpf/*.bpf.c')
    for source in "${files[@]}"; do
        rootfs_run clang --analyze --analyzer-output text -Xclang -analyzer-werror --target=bpf -mcpu=v3 -O2 -std=gnu17 \
            -D__TARGET_ARCH_x86 -I/src/bpf -I/build/tidy/bpf "/src/$source" || failed=yes
    done
    [[ $failed == no ]]
}

# Scripts have the ending .sh or a first line that names a shell.
check_scripts() {
    local file first files=() shell='^#!.*[/ ](ba|da|busybox )?sh'
    while read -r file; do
        case $file in
            *.sh) files+=("$file"); continue ;;
            *.* | LICENSE* | COPYING*) continue ;;
        esac
        IFS= read -r first <"$DEV_TOP/$file" 2>/dev/null || continue
        [[ ! $first =~ $shell ]] || files+=("$file")
    done < <(check_files; printf '%s\n' .ci/run)
    # Who sets and who reads a variable are different files here.
    rootfs_run shellcheck --external-sources --exclude=SC2034,SC2154 "${files[@]}"
}

check_xml() {
    local files=()
    mapfile -t files < <(check_files 'dbus/*.xml' 'polkit/*' 'data/*.xml' | grep -E '\.(xml|policy|policy\.in)$')
    ((${#files[@]} == 0)) || rootfs_run xmllint --nonet --noout "${files[@]}"
}

check_desktop() {
    local files=()
    mapfile -t files < <(check_files '*.desktop')
    ((${#files[@]} == 0)) || rootfs_run desktop-file-validate "${files[@]}"
}

# Runs in the build root: every language has every text of the sources, and placeholders where they belong.
check_translations_inside() {
    local po language options
    po=desktop/tray/po
    read -ra options <$po/xgettext.options
    grep -v '^#' $po/POTFILES | xgettext "${options[@]}" --files-from=- --output=/tmp/texts.pot
    grep -v '^#' $po/LINGUAS | while read -r language; do
        msgmerge --quiet --no-fuzzy-matching --output-file="/tmp/$language.po" "$po/$language.po" /tmp/texts.pot
        LC_ALL=C msgfmt --check --statistics --output-file=/dev/null "/tmp/$language.po" 2>&1 | tee /tmp/statistics
        grep -q '^[0-9]* translated messages\.$' /tmp/statistics || { echo "$po/$language.po is not complete"; return 1; }
    done
}

check_translations() {
    rootfs_run bash -c "$(declare -f check_translations_inside)"'; set -euo pipefail; check_translations_inside' check
}

# Every check runs, so that one call shows all there is to mend.
check_all() {
    local check failed=()
    for check in 'format yes' tidy bpf scripts xml desktop translations; do
        ui_say "── ${check%% *}"
        # shellcheck disable=SC2086 # a word and its argument
        check_$check </dev/null || failed+=("${check%% *}")
    done
    ((${#failed[@]} == 0)) || ui_die "these checks failed: ${failed[*]}" "what to do: see above; ./dev format mends the format"
    ui_say "lint: all good"
}

# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What ./dev says while it works: steps with their elapsed time, errors that name the log file and the way out.
# Everything here goes to stderr; stdout belongs to the command that was asked for. This file knows nothing of
# root file systems, kernels or machines.

ui_job=''          # process group of the running step
ui_cleanups=()     # functions that end what this call started

ui_say() { printf 'dev: %s\n' "$*" >&2; }

ui_die() {
    printf 'dev: error: %s\n' "$1" >&2
    shift
    (($# == 0)) || printf 'dev:        %s\n' "$@" >&2
    exit 1
}

ui_is_terminal() { [[ -t 2 && ${TERM:-dumb} != dumb ]]; }

# ui_step TEXT LOG HINT CMD…: runs CMD with its output in LOG; HINT says what to do if it fails.
ui_step() {
    local text=$1 log=$2 hint=$3 start=$SECONDS status=0
    shift 3
    mkdir -p "${log%/*}"
    ui_is_terminal || ui_say "$text …"
    set -m
    ( set +m; trap - INT TERM EXIT; "$@" ) </dev/null >"$log" 2>&1 &
    ui_job=$!
    set +m
    ui_watch "$text" "$start"
    wait "$ui_job" || status=$?
    ui_job=''
    ((status == 0)) && { ui_line "$text: done in $((SECONDS - start)) s"; return 0; }
    ui_failed "$text" "$log" "$hint" "$status"
}

ui_line() {
    if ui_is_terminal; then printf '\r\033[K' >&2; fi
    ui_say "$1"
}

# Shows the elapsed time until the running step ends: a live line on a terminal, a line a minute elsewhere.
ui_watch() {
    local text=$1 start=$2 told=0 now
    while kill -0 "$ui_job" 2>/dev/null; do
        now=$((SECONDS - start))
        if ui_is_terminal; then
            printf '\r\033[Kdev: %s … %d s' "$text" "$now" >&2
        elif ((now / 60 > told)); then
            told=$((now / 60))
            ui_say "$text … $now s"
        fi
        sleep 0.2
    done
}

ui_failed() {
    local text=$1 log=$2 hint=$3 status=$4
    ui_line "$text: FAILED (status $status); the last lines of $log:"
    tail -n 40 "$log" | sed 's/^/  | /' >&2
    ui_die "step failed: $text" "the whole log: $log" "what to do: $hint"
}

ui_on_exit() { ui_cleanups+=("$1"); }

# Ends what is still running; safe to be called twice.
ui_cleanup() {
    local status=$? each job=$ui_job
    trap '' INT TERM
    ui_job=''
    [[ -z $job ]] || ui_end_group "$job"
    for each in "${ui_cleanups[@]}"; do "$each" || true; done
    ui_cleanups=()
    return "$status"
}

# A process group gets five seconds to end by itself.
ui_end_group() {
    local tries
    kill -TERM -- "-$1" 2>/dev/null || return 0
    for ((tries = 0; tries < 50; tries++)); do
        kill -0 -- "-$1" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL -- "-$1" 2>/dev/null || true
}

ui_traps() {
    trap ui_cleanup EXIT
    trap 'ui_say interrupted; exit 130' INT
    trap 'exit 143' TERM HUP
}

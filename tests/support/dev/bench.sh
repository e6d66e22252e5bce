# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the benchmark: boots one machine for each round, lets tests/bench/session.py measure in it, watches the host
# meanwhile, and hands all figures to tests/bench/report.py. A round is repeated where it says nothing: wholly, if the
# emulation has died in the one way that is known to be its own fault, and those runs of it during which somebody else
# took the host's CPUs away.
#
# The directory of results holds options.json, a round-N.jsonl for each boot that was good (the machine's lines, each
# with the host's time in front), its round-N.host (one line a second about the host), and what the report makes.

# shellcheck disable=SC2154 # vm_…: vm.sh

# shellcheck disable=SC2034 # read by name
bench_rounds=5 bench_seconds=8 bench_hz=60 bench_out=''
bench_loads=(none cpu mix hack build switch)
bench_layouts=(flat desktop)
bench_sides=(stock control nice minimal gamesched gamesched-esports gamesched-battery)

bench_tries=4   # of one round, for either reason
bench_watcher='' bench_follower='' bench_session_nice=''

bench_main() {
    local round groups=()
    bench_out=${bench_out:-$DEV_STATE/bench/$(date +%Y%m%d-%H%M%S)}
    mkdir -p "$bench_out"
    [[ -z $(find "$bench_out" -maxdepth 1 -name 'round-*' -print -quit) ]] || ui_die "$bench_out has results already" "what to do: another --out"
    mapfile -t groups < <(bench_groups)
    vm_thread=multi
    vm_prepare
    bench_describe
    ui_on_exit bench_abandon
    bench_raise_session
    for ((round = 1; round <= bench_rounds; round++)); do bench_round "$round" "${groups[@]}"; done
    bench_report "$bench_out"
}

# A load without a game knows no layouts.
bench_groups() {
    local load layout
    for load in "${bench_loads[@]}"; do
        for layout in "${bench_layouts[@]}"; do
            printf '%s:%s\n' "$load" "$layout"
            [[ $load != switch ]] || break
        done
    done
}

bench_describe() {
    local commit
    commit=$(git -C "$DEV_TOP" -c safe.directory='*' describe --always --dirty 2>/dev/null || echo unknown)
    printf '{"rounds": %d, "seconds": %d, "hz": %d, "sides": ["%s"], "groups": ["%s"], "commit": "%s", "kernel": "%s", "accelerator": "%s", "host_cpus": %d, "qemu": "%s"}\n' \
        "$bench_rounds" "$bench_seconds" "$bench_hz" "$(bench_join '", "' "${bench_sides[@]}")" "$(bench_join '", "' "${groups[@]}")" \
        "$commit" "$vm_version" "$vm_accelerator" "$(nproc)" "$(qemu-system-x86_64 --version | sed -n 's/.*version \([0-9.]*\).*/\1/p')" >"$bench_out/options.json"
}

bench_join() {
    local separator=$1 result=$2 word
    for word in "${@:3}"; do result+=$separator$word; done
    printf '%s' "$result"
}

# bench_round ROUND GROUP…: boots until every group has figures that count, or says which have not.
bench_round() {
    local round=$1 try part=0 file again
    shift
    for ((try = 1; try <= bench_tries; try++)); do
        file=$bench_out/round-$round.$((part + 1))
        ui_say "round $round of $bench_rounds: $* (about $(bench_minutes "$#") minutes)"
        bench_boot "$round" "$file" "$@" || continue
        part=$((part + 1))
        mv "$file.jsonl.new" "$file.jsonl"
        again=$(bench_python "$bench_out" disturbed "/mnt/${file##*/}") || ui_die "cannot read $file.jsonl"
        [[ -n $again ]] || return 0
        ui_say "round $round: the host's CPUs were taken away during $again"
        # shellcheck disable=SC2086 # a list of words
        set -- $again
    done
    ((part)) || ui_die "round $round: no machine lived to its end in $bench_tries boots"
    ui_say "round $round: taken as it is, disturbed: $*"
}

bench_minutes() { echo $((1 + $1 * ${#bench_sides[@]} * (bench_seconds + 12) / 60)); }

# bench_boot ROUND FILE GROUP…: one machine. Fails if it is to be repeated; ends everything if something is wrong.
bench_boot() {
    local round=$1 file=$2 status=0
    shift 2
    vm_timeout=$((600 + $# * ${#bench_sides[@]} * (bench_seconds + 150)))
    vm_argv=(python3 /usr/libexec/gamesched-tests/session.py --round "$round" --seconds "$bench_seconds" --hz "$bench_hz"
        --side "${bench_sides[@]}" --group "$@")
    exec {bench_lines}> >(bench_follow "$file.jsonl.new")
    bench_follower=$!
    bench_watch "$$" >"$file.host" &
    bench_watcher=$!
    vm_boot >&"$bench_lines" || status=$?
    exec {bench_lines}>&-
    bench_end_helpers
    ((status != 0)) || return 0
    if ((status == vm_status_no_answer)) && bench_is_stale_breakpoint "$vm_console"; then
        ui_say "the emulation ran into a stale breakpoint (int3), which says nothing about any scheduler: once more"
        return 1
    fi
    ui_die "round $round: the machine failed with status $status" "its console: $vm_console" "its figures so far: $file.jsonl.new"
}

# The first oops is meant; what follows it may be anything.
bench_is_stale_breakpoint() { [[ $(grep -m 1 -aoE 'Oops: [a-z0-9 ]+|BUG: [a-z ]+|Kernel panic' "$1") == 'Oops: int3'* ]]; }

# After a machine's end: all that it has said is in the file.
bench_end_helpers() {
    kill "$bench_watcher" 2>/dev/null || true
    wait "$bench_watcher" "$bench_follower" 2>/dev/null || true
    bench_watcher='' bench_follower=''
}

# When all of it is interrupted: the machine still lives, so waiting for its last word would last.
bench_abandon() {
    [[ -z $bench_watcher ]] || kill "$bench_watcher" "$bench_follower" 2>/dev/null || true
}

# Figures into a file, with the time at which they came; all else to people.
bench_follow() {
    local line
    trap '' INT
    while IFS= read -r line; do
        if [[ $line == '{'* ]]; then printf '%s\t%s\n' "$EPOCHREALTIME" "$line"; else ui_say "  $line"; fi
    done >"$1"
}

# Where the host's kernel makes a group of each session (autogroup), priorities count inside the session only, and the
# session has one of its own.
bench_raise_session() {
    [[ -w /proc/self/autogroup && $(</proc/sys/kernel/sched_autogroup_enabled) == 1 ]] || return 0
    bench_session_nice=$(sed -n 's/.* nice //p' /proc/self/autogroup)
    ui_on_exit bench_restore_session
    echo -10 >/proc/self/autogroup
}

bench_restore_session() { printf '%d\n' "$bench_session_nice" >/proc/self/autogroup; }

# bench_watch SHELL: each second one line: time, and in clock ticks since the boot of the host: stolen time, time that
# its CPUs were busy, and that of them which was QEMU's. Takes care of the priorities of QEMU's threads, too.
bench_watch() {
    local qemu='' field stat
    local -A known=()
    while :; do
        [[ -n $qemu ]] || qemu=$(pgrep -P "$(pgrep -d, -P "$1" -x timeout)" -f qemu-system 2>/dev/null) || true
        if [[ -n $qemu ]]; then
            bench_prioritise "$qemu"
            read -ra field </proc/stat
            stat=$(<"/proc/$qemu/stat") || return 0
            read -ra stat <<<"${stat##*) }"
            printf '%s %d %d %d\n' "$EPOCHREALTIME" "${field[8]}" $((field[1] + field[2] + field[3] + field[6] + field[7])) $((stat[11] + stat[12]))
        fi
        sleep 1
    done 2>/dev/null
}

# Threads that stand for CPUs come before other processes of the host; those that serve them come before these.
bench_prioritise() {
    local task thread
    for task in "/proc/$1/task"/*; do
        thread=${task##*/}
        [[ -z ${known[$thread]-} ]] || continue
        known[$thread]=yes
        if [[ $(<"$task/comm") == CPU* ]]; then
            renice -n -10 -p "$thread" >/dev/null || true
        else
            chrt --fifo --pid 50 "$thread" || true
        fi
    done
}

# bench_python DIRECTORY ARGUMENT…: the report's program in the build root, which sees the results as /mnt.
bench_python() {
    # shellcheck disable=SC2016 # expanded inside
    host_isolated bash -c "$(declare -f rootfs_enter)"'; set -Eeuo pipefail; mount --bind "$1" "$2/mnt"; shift; rootfs_enter "$@"' bench \
        "$1" "$DEV_STATE/root" "$DEV_TOP" "$DEV_STATE/build" python3 /src/tests/bench/report.py "${@:2}"
}

# bench_report DIRECTORY: tables on standard output; the result says whether all is as it should be.
bench_report() {
    local status=0
    [[ -e $1/options.json ]] || ui_die "there are no results in $1"
    host_lock
    rootfs_ensure
    host_unlock
    bench_python "$1" report /mnt || status=$?
    ui_say "results: $1/results.json, pictures: $1/*.svg"
    return "$status"
}

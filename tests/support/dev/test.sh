# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the test suites, cheap ones first, and counts their cases. A suite is a GoogleTest binary in the build root (with the
# sanitizers) or in a test machine (as it is installed), or a build that must have no warnings. What the cases check is
# theirs. A skipped case counts as failed: it has shown nothing.

# Of the machines' suites the slowest come first, so that the last machines end at about the same time.
test_suites=(unit bus session tray fuzz warnings hostile vm matrix topology nosched)
test_in_machine=/usr/libexec/gamesched-tests

test_passed=0 test_failed=0 test_failures=()

test_main() {
    local long=$1 name
    shift
    local names=("$@")
    ((${#names[@]})) || names=("${test_suites[@]}")
    ui_on_exit test_end_machines
    host_lock
    rootfs_ensure
    host_unlock
    for name in "${test_suites[@]}"; do
        if test_wants "$name" "${names[@]}"; then "test_suite_$name" "$(test_filter "$name" "${names[@]}")" "$long"; fi
    done
    for name in "${names[@]}"; do
        test_is_suite "${name%%:*}" || test_case "$name" "$long"
    done
    test_run_machines
    test_report
}

test_is_suite() { [[ " ${test_suites[*]} " == *" $1 "* ]]; }

# test_wants SUITE NAME…
test_wants() {
    local suite=$1 name
    shift
    for name in "$@"; do [[ ${name%%:*} != "$suite" ]] || return 0; done
    return 1
}

# test_filter SUITE NAME…: the GoogleTest filter; the suite alone means everything in it.
test_filter() {
    local suite=$1 name filter=''
    shift
    for name in "$@"; do
        case $name in
            "$suite") filter='*'; break ;;
            "$suite":*) filter+="${filter:+:}*${name#*:}*" ;;
        esac
    done
    printf '%s\n' "$filter"
}

test_report() {
    if ((test_failed)); then
        ui_say "failed:"
        printf '  %s\n' "${test_failures[@]}" >&2
    fi
    ((test_passed + test_failed)) || ui_say "no test matches"
    printf '%d passed, %d failed\n' "$test_passed" "$test_failed"
    ((test_failed == 0 && test_passed > 0))
}

test_pass() { test_passed=$((test_passed + 1)); }

test_fail() {
    test_failed=$((test_failed + 1))
    test_failures+=("$1")
}

# test_count SUITE LOG STATUS: the cases of one GoogleTest run, and what its status says beyond them.
test_count() {
    local suite=$1 log=$2 status=$3 line before=$test_failed started=0 ended=0
    while IFS= read -r line; do
        line=${line%$'\r'}
        case $line in
            '[ RUN      ] '*) started=$((started + 1)) ;;
            '[       OK ] '*) ended=$((ended + 1)); test_pass ;;
            '[  FAILED  ] '*' ms)') ended=$((ended + 1)); line=${line#'[  FAILED  ] '}; test_fail "$suite: ${line% (*}" ;;
            '[  SKIPPED ] '*' ms)') ended=$((ended + 1)); line=${line#'[  SKIPPED ] '}; test_fail "$suite: ${line% (*} (skipped)" ;;
        esac
    done <"$log"
    if ((started > ended)); then
        test_fail "$suite: $(tac "$log" | sed -n 's/^\[ RUN      \] //p' | head -n 1) (did not end, status $status; $log)"
    elif ((status != 0 && test_failed == before)); then
        test_fail "$suite (status $status although no case failed; $log)"
    fi
}

test_say() { ui_say "── $1"; }

# test_in_root SUITE FILTER LONG [TIMEOUT]
test_in_root() {
    local suite=$1 filter=$2 long=$3 timeout=${4:-600} status=0 binary log settings=()
    [[ $long != yes ]] || settings+=(GAMESCHED_TEST_LONG=1)
    test_say "$suite"
    test_build "$suite" "${test_builds[$suite]}" || return 0
    binary=$(test_binary "$suite")
    log=$DEV_LOGS/test-$suite.log
    rootfs_run env ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 "${settings[@]}" \
        timeout --kill-after=10 "$timeout" "$binary" --gtest_color=no --gtest_filter="$filter" </dev/null 2>&1 | tee "$log" || status=${PIPESTATUS[0]}
    test_count "$suite" "$log" "$status"
}

# The build of each suite.
declare -A test_builds=(
    [unit]=asan [bus]=asan [session]=asan [tray]=asan [fuzz]=asan
    [hostile]=gcc [vm]=gcc [topology]=gcc [nosched]=gcc [matrix]=gcc
)

# test_binary SUITE: where it is in the build root.
test_binary() { printf '/build/%s/tests/gamesched-%s-tests\n' "${test_builds[$1]}" "$1"; }

test_suite_unit() { test_in_root unit "$1" "$2"; }
test_suite_bus() { test_in_root bus "$1" "$2"; }
test_suite_session() { test_in_root session "$1" "$2"; }
test_suite_tray() { test_in_root tray "$1" "$2"; }
test_suite_hostile() { test_in_root hostile "$1" "$2"; }
test_suite_fuzz() {
    local timeout=300
    [[ $2 != yes ]] || timeout=$((2 * 3600))
    test_in_root fuzz "$1" "$2" "$timeout"
}

# test_build NAME BUILD: NAME fails if BUILD does not build.
test_build() {
    local built=yes
    host_lock
    (ui_cleanups=(); ui_traps; build_ensure "$2") </dev/null || built=no
    host_unlock
    [[ $built == no ]] || return 0
    test_fail "$1 (the build $2 failed, see above)"
    return 1
}

# The builds that the other suites use.
test_suite_warnings() {
    local build
    for build in gcc asan; do
        test_say "warnings: $build"
        if test_build "warnings/$build" "$build"; then test_pass; fi
    done
}

# Machines wait in a queue for a CPU of the host: an emulated one takes a whole one, and two that share it would be
# measured by their hunger. Each is "LABEL|SUITE|VERSION|ACCELERATOR|SMP|TIMEOUT|LONG|SHARD|SHARDS|FILTER|LOG".
test_machines_waiting=()
declare -A test_machines_running=()    # PID -> the same
declare -A test_kernels_prepared=()    # as asked for -> "VERSION|ACCELERATOR"

# test_queue_machine LABEL SUITE KERNEL FILTER TIMEOUT LONG [SHARD SHARDS]: SHARD is one of SHARDS equal parts of the cases.
test_queue_machine() {
    local label=$1 suite=$2 filter=$4 timeout=$5 long=$6 shard=${7:-0} shards=${8:-1} log
    vm_kernel=$3
    if [[ ! -v test_kernels_prepared[_$3] ]]; then
        # First in a subshell: what cannot be fetched is this suite's failure, not the end of all tests.
        if ! (ui_cleanups=(); ui_traps; vm_prepare); then
            test_fail "$label (the machine could not be prepared, see above)"
            return
        fi
        vm_prepare 2>/dev/null
        test_kernels_prepared[_$3]="$vm_version|$vm_accelerator"
    fi
    log=$DEV_LOGS/test-machine-${#test_machines_waiting[@]}-${label//[\/ ]/-}.log
    test_machines_waiting+=("$label|$suite|${test_kernels_prepared[_$3]}|$vm_smp|$timeout|$long|$shard|$shards|$filter|$log")
}

# Runs what waits, as many at a time as the host has room for.
test_run_machines() {
    local next=0 pid status total=${#test_machines_waiting[@]} room
    room=$(test_room)
    while ((next < total || ${#test_machines_running[@]})); do
        if ((next < total && ${#test_machines_running[@]} < room)); then
            test_machine "${test_machines_waiting[next]}" "$total" &
            test_machines_running[$!]=${test_machines_waiting[next]}
            next=$((next + 1))
            continue
        fi
        status=0 pid=''
        wait -n -p pid "${!test_machines_running[@]}" || status=$?
        # One that a signal has ended may not be found by it.
        [[ -n $pid ]] || for pid in "${!test_machines_running[@]}"; do break; done
        test_count_machine "${test_machines_running[$pid]}" "$status"
        unset "test_machines_running[$pid]"
    done
    test_machines_waiting=()
}

# A CPU for each, those that are not emulated as many as they have, and memory.
test_room() {
    local cpus memory
    cpus=$(nproc)
    [[ $vm_accelerator != kvm ]] || cpus=$((cpus / vm_cpus))
    memory=$(($(sed -n 's/^MemAvailable: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024 / (vm_mem + 1024)))
    printf '%s\n' "$cpus" "$memory" | sort -n | awk 'NR == 1 { print ($1 > 1 ? $1 : 1) }'
}

# test_machine MACHINE TOTAL: boots it, in a subshell that ends its machine when it is ended itself. Each line says where it
# comes from if there are several.
test_machine() {
    local label suite long shard shards filter log settings=() prefix='' status=0 output reader
    IFS='|' read -r label suite vm_version vm_accelerator vm_smp vm_timeout long shard shards filter log <<<"$1"
    ui_cleanups=()
    ui_traps
    test_say "$label: kernel $vm_version"
    # The long forms of tests look for this.
    [[ $long != yes ]] || settings+=(GAMESCHED_TEST_LONG=1)
    ((shards == 1)) || settings+=(GTEST_TOTAL_SHARDS="$shards" GTEST_SHARD_INDEX="$shard")
    (($2 == 1)) || prefix="$label | "
    # shellcheck disable=SC2016 # expanded in the machine
    vm_argv=(env "${settings[@]}"
        bash -c 'if [[ ! -x $1 ]]; then echo "there is no $1"; exit 127; fi; exec "$@"' run
        "$test_in_machine/gamesched-$suite-tests" --gtest_color=no --gtest_filter="$filter")
    exec {output}> >(exec tee "$log" | sed --unbuffered "s,^,$prefix,")
    reader=$!
    vm_boot >&"$output" || status=$?
    exec {output}>&-
    wait "$reader" || true
    exit "$status"
}

test_end_machines() {
    ((${#test_machines_running[@]} == 0)) || kill -TERM "${!test_machines_running[@]}" 2>/dev/null || true
}

# test_count_machine MACHINE STATUS
test_count_machine() {
    local label log=${1##*|} status=$2
    label=${1%%|*}
    case $status in
        "$vm_status_timeout" | "$vm_status_no_answer")
            test_count_ended "$label" "$log"
            test_fail "$label (boot or timeout, see above; $log)"
            ;;
        127) test_fail "$label (there is no such suite in the machine)" ;;
        *) test_count "$label" "$log" "$status" ;;
    esac
}

# What ended before the machine did still counts.
test_count_ended() {
    sed '/^\[ RUN  /d' "$2" >"$2.ended"
    test_count "$1" "$2.ended" 0
}

test_suite_vm() {
    local timeout=2700 shard
    [[ $2 != yes ]] || timeout=$((4 * 3600))
    if [[ $1 != '*' ]]; then
        test_queue_machine vm vm '' "$1" "$timeout" "$2"
        return
    fi
    for shard in 0 1 2 3; do test_queue_machine "vm $((shard + 1))/4" vm '' "$1" "$timeout" "$2" "$shard" 4; done
}

test_suite_matrix() {
    local filter=$1 long=$2 version versions=()
    kernel_quiet=1
    host_lock
    kernel_index_ensure
    host_unlock
    if [[ $long == yes ]]; then
        mapfile -t versions < <(echo "$kernel_own_series"; kernel_newest_of_each_series)
    else
        mapfile -t versions < <(test_second_kernel)
    fi
    for version in "${versions[@]}"; do
        test_queue_machine "matrix/$(kernel_series "$version")" matrix "$version" "$filter" 900 "$long"
    done
}

# Besides the newest: the long-term series if the archive has it, otherwise the oldest.
test_second_kernel() {
    kernel_newest_of_each_series | grep -m 1 '^6\.18[.+]' || kernel_newest_of_each_series | head -n 1
}

# Two last-level caches, each of one core with two threads: the smallest machine that has both.
test_suite_topology() {
    vm_smp=4,sockets=2,cores=1,threads=2
    test_queue_machine topology topology '' "$1" 360 "$2"
    vm_smp=''
}
test_suite_nosched() { test_queue_machine nosched nosched stock "$1" 400 "$2"; }

# test_case NAME LONG: a name that is no suite is looked for in the cases of the build root's suites first, then in those of the
# machine's suites.
test_case() {
    local name=$1 filter="*$1*" long=$2 suite found=no
    test_build "$name" asan || return 0
    for suite in unit bus session tray fuzz; do
        if test_lists "$suite" "$filter"; then found=yes; "test_suite_$suite" "$filter" "$long"; fi
    done
    # What clients cost the service is in the bus's suite, too, where it is not asserted.
    [[ $found == no || $name == *Hostile* ]] || return 0
    test_build "$name" gcc || return 0
    for suite in hostile vm matrix topology nosched; do
        if test_lists "$suite" "$filter"; then found=yes; "test_suite_$suite" "$filter" "$long"; fi
    done
    [[ $found == yes ]] || test_fail "$name (no suite or case of this name)"
}

test_lists() {
    rootfs_run "$(test_binary "$1")" --gtest_list_tests --gtest_filter="$2" 2>/dev/null </dev/null | grep -q '^  '
}

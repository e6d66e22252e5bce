# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Runs the test suites, cheapest first, and counts their cases. A suite is a GoogleTest binary in the build root (with the
# sanitizers) or in a test machine (as it is installed), or a build that must have no warnings. What the cases check is theirs. A skipped case counts as
# failed: it has shown nothing.

test_suites=(unit bus session tray fuzz warnings hostile vm topology nosched matrix)
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

# test_in_machine_run LABEL SUITE KERNEL FILTER TIMEOUT LONG [MACHINES [APART]]: with several machines, which run side by
# side, each has its share of the cases; but those that the filter APART names are the last one's.
test_in_machine_run() {
    local label=$1 suite=$2 filter=$4 long=$6 machines=${7:-1} apart=${8-} binary log index statuses=() settings=() shards
    binary=$test_in_machine/gamesched-$suite-tests
    vm_kernel=$3
    vm_timeout=$5
    # First in a subshell: what cannot be fetched is this suite's failure, not the end of all tests.
    if ! (ui_cleanups=(); ui_traps; vm_prepare); then
        test_fail "$label (the machine could not be prepared, see above)"
        return
    fi
    vm_prepare 2>/dev/null
    log=$DEV_LOGS/test-${label//\//-}
    test_say "$label: kernel $vm_version"
    # The long forms of tests look for this.
    [[ $long != yes ]] || settings+=(GAMESCHED_TEST_LONG=1)
    test_machines=()
    for ((index = 0; index < machines; index++)); do
        shards=(GTEST_TOTAL_SHARDS="$machines" GTEST_SHARD_INDEX="$index")
        if [[ -n $apart ]]; then
            shards[0]=GTEST_TOTAL_SHARDS=$((machines - 1))
            filter=$4-$apart
            if ((index == machines - 1)); then shards=() filter=$apart; fi
        fi
        # shellcheck disable=SC2016 # expanded in the machine
        vm_argv=(env "${settings[@]}" "${shards[@]}"
            bash -c 'if [[ ! -x $1 ]]; then echo "there is no $1"; exit 127; fi; exec "$@"' run
            "$binary" --gtest_color=no --gtest_filter="$filter")
        test_machine "$log-$index.log" "$( ((machines == 1)) || echo "$label $((index + 1))/$machines | ")" &
        test_machines+=("$!")
    done
    for ((index = 0; index < machines; index++)); do
        statuses[index]=0
        wait "${test_machines[index]}" || statuses[index]=$?
    done
    test_machines=()
    for ((index = 0; index < machines; index++)); do
        test_count_machine "$label" "$log-$index.log" "${statuses[index]}"
    done
}
test_machines=()

# test_machine LOG PREFIX: boots what vm_argv says, in a subshell that ends its machine when it is ended itself.
test_machine() {
    local log=$1 prefix=$2 status=0
    ui_cleanups=()
    ui_traps
    vm_boot > >(exec tee "$log" | sed --unbuffered "s,^,$prefix,") || status=$?
    wait "$!" 2>/dev/null || true
    exit "$status"
}

test_end_machines() {
    ((${#test_machines[@]} == 0)) || kill -TERM "${test_machines[@]}" 2>/dev/null || true
}

# test_count_machine LABEL LOG STATUS
test_count_machine() {
    local label=$1 log=$2 status=$3
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

# They wait most of the time.
test_waiting='Idle.*:Watchdog.AnError*:Faults.AServiceThat*:Figures.ASubscriber*'

# An emulated machine takes one CPU of the host, of which there are two, unless it waits.
test_suite_vm() {
    local timeout=2700 machines=()
    [[ $1 != '*' ]] || machines=(3 "$test_waiting")
    [[ $2 != yes ]] || timeout=$((4 * 3600))
    test_in_machine_run vm vm '' "$1" "$timeout" "$2" "${machines[@]}"
}
# Two last-level caches, each of one core with two threads: the smallest machine that has both.
test_suite_topology() {
    vm_smp=4,sockets=2,cores=1,threads=2
    test_in_machine_run topology topology '' "$1" 180 "$2"
    vm_smp=''
}
test_suite_nosched() { test_in_machine_run nosched nosched stock "$1" 400 "$2"; }

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
        test_in_machine_run "matrix/$(kernel_series "$version")" matrix "$version" "$filter" 600 "$long"
    done
}

# Besides the newest: the long-term series if the archive has it, otherwise the oldest.
test_second_kernel() {
    kernel_newest_of_each_series | grep -m 1 '^6\.18[.+]' || kernel_newest_of_each_series | head -n 1
}

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
    for suite in hostile vm topology nosched matrix; do
        if test_lists "$suite" "$filter"; then found=yes; "test_suite_$suite" "$filter" "$long"; fi
    done
    [[ $found == yes ]] || test_fail "$name (no suite or case of this name)"
}

test_lists() {
    rootfs_run "$(test_binary "$1")" --gtest_list_tests --gtest_filter="$2" 2>/dev/null </dev/null | grep -q '^  '
}

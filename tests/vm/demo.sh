#!/bin/bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The main job, live, in the virtual machine of ./dev run: a game is started twice, once by saying so and once the way
# Steam starts it; a separate busctl monitor shows what the bus carries. The exit status says whether all of it happened.

set -u
failures=0

say() { printf '\n\033[1m== %s\033[0m\n' "$1"; }

# expect WHAT COMMAND…: waits up to 15 seconds for it to become true.
expect() {
    local what=$1 tries
    shift
    for ((tries = 0; tries < 150; tries++)); do
        if "$@" >/dev/null 2>&1; then
            printf '   ok: %s\n' "$what"
            return
        fi
        sleep 0.1
    done
    printf '   FAILED: %s\n' "$what"
    failures=$((failures + 1))
}

ops_is() { [[ $(cat /sys/kernel/sched_ext/root/ops 2>/dev/null) == "$1" ]]; }

# What the monitor has printed since the last show_signals.
monitor_shown=0
monitored() { tail -n "+$((monitor_shown + 1))" /tmp/monitor.log; }
told() { monitored | grep -q "$1"; }

show_signals() {
    monitored | grep -E 'Member=Game|^ *(STRING|UINT32|OBJECT_PATH|UINT64) ' | sed -n '/Member=Game/,$p' | sed 's/^/   | /'
    monitor_shown=$(wc -l </tmp/monitor.log)
    grep latency /tmp/events.log | tail -n 1 | sed 's/^/   as gamesched events prints it: /'
}

busctl monitor --match "type='signal',interface='org.gamesched1.Manager'" >/tmp/monitor.log 2>&1 &
monitor=$!
gamesched events >/tmp/events.log 2>&1 &
events=$!
trap 'kill $monitor $events 2>/dev/null' EXIT
sleep 2

say "kernel $(uname -r), PID 1 is $(cat /proc/1/comm)"
gamesched status

say 'a game that says so: gamesched run -- CMD'
gamesched run --name 'Demo game' -- bash -c 'sleep 300 & wait' &
disown
expect 'GameStarted is on the bus' told 'Member=GameStarted'
expect 'the scheduler is attached: /sys/kernel/sched_ext/root/ops says gamesched' ops_is gamesched
gamesched games
echo '   killing all of it with SIGKILL'
pkill -9 -f 'sleep 300'
expect 'GameExited is on the bus' told 'Member=GameExited'
show_signals
expect 'the scheduler is detached' ops_is ''

say "a game found by kernel events alone: reaper SteamLaunch AppId=4242 -- CMD"
printf '#!/bin/sh\nshift 3\n"$@"\n:\n' >/tmp/reaper
chmod +x /tmp/reaper
/tmp/reaper SteamLaunch AppId=4242 -- sleep 400 2>/dev/null &
disown
expect 'GameStarted is on the bus' told 'Member=GameStarted'
expect 'the scheduler is attached: /sys/kernel/sched_ext/root/ops says gamesched' ops_is gamesched
gamesched games
echo '   killing it with SIGKILL'
pkill -9 -x -f 'sleep 400'
expect 'GameExited is on the bus' told 'Member=GameExited'
show_signals
expect 'the scheduler is detached' ops_is ''

say 'what the service wrote'
journalctl -u gameschedd --no-pager -o cat | grep -v '^Start' | sed 's/^/   | /'

if ((failures)); then
    printf '\n%d step(s) failed\n' "$failures"
    exit 1
fi
printf '\nall steps passed\n'

#!/bin/sh
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Starts a program as a game and says when the game has ended:
#
#     ./game.sh CMD [ARG...]
#
# In a script, `gamesched run -- CMD` does the same with less. Needs gdbus (GLib) and busctl (systemd).

set -eu
[ $# -gt 0 ] || { echo "usage: $0 CMD [ARG...]" >&2; exit 2; }

# A signal that is sent before somebody listens is lost. Listen first, then start the game.
directory=$(mktemp -d)
mkfifo "$directory/signals"
gdbus monitor --system --dest org.gamesched1 --object-path /org/gamesched1 >"$directory/signals" &
monitor=$!
trap 'kill "$monitor" 2>/dev/null || true; rm -r "$directory"' EXIT
exec 3<"$directory/signals"

# Reads what gdbus prints until a line that has $1 in it.
wait_for() {
    while read -r line <&3; do
        case $line in *"$1"*) return 0 ;; esac
    done
    echo "$0: the system bus has gone" >&2
    return 1
}
wait_for 'The name org.gamesched1'   # "is owned by ..." or "does not have an owner": it listens

"$@" &
pid=$!

# RegisterGame(u pid, a{sv} options) -> (o game)
if reply=$(busctl --system call org.gamesched1 /org/gamesched1 org.gamesched1.Manager \
    RegisterGame 'ua{sv}' "$pid" 2 Name s "${1##*/}" AppId s org.example.Launcher 2>&1); then
    game=${reply#*\"} game=${game%\"}   # o "/org/gamesched1/game/7"
    echo "registered: $game"
    wait_for "org.gamesched1.Manager.GameExited (objectpath '$game'"
    echo "ended: $line"
else
    # A game without gaming mode is better than no game.
    echo "$0: without gaming mode: $reply" >&2
fi

wait "$pid"   # its exit status is ours

#!/usr/bin/env python3
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts a program as a game and says when the game has ended: game.py CMD [ARG...]

Needs PyGObject (Debian: python3-gi, Fedora: python3-gobject, Arch: python-gobject).
"""

import os
import subprocess
import sys

from gi.repository import Gio, GLib

NAME, PATH, MANAGER = "org.gamesched1", "/org/gamesched1", "org.gamesched1.Manager"


def register(bus, pid, name):
    """The object of the game. A pidfd, unlike a PID, cannot be somebody else's by the time it arrives."""
    fds = Gio.UnixFDList.new_from_array([os.pidfd_open(pid)])
    options = {"Name": GLib.Variant("s", name), "AppId": GLib.Variant("s", "org.example.Launcher")}
    # RegisterGameByPidFd(h pidfd, a{sv} options) -> (o game); h is an index into the list.
    reply, _ = bus.call_with_unix_fd_list_sync(
        NAME, PATH, MANAGER, "RegisterGameByPidFd", GLib.Variant("(ha{sv})", (0, options)),
        GLib.VariantType("(o)"), Gio.DBusCallFlags.NONE, -1, fds, None)
    return reply.unpack()[0]


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} CMD [ARG...]")
    child = subprocess.Popen(sys.argv[1:])
    try:
        bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        loop = GLib.MainLoop()
        game = None

        def on_exited(_bus, _sender, _path, _interface, _signal, parameters):
            path, _pid, name, summary = parameters.unpack()
            if path == game:
                print(f"ended: {name} ({summary['Cause']})", flush=True)
                loop.quit()

        # Before the game is registered: a signal that is sent before somebody listens is lost.
        bus.signal_subscribe(NAME, MANAGER, "GameExited", PATH, None, Gio.DBusSignalFlags.NONE, on_exited)
        game = register(bus, child.pid, os.path.basename(sys.argv[1]))
        print(f"registered: {game}", flush=True)
        loop.run()
    except GLib.Error as error:
        # A game without gaming mode is better than no game. Which error it is, for programs:
        # Gio.DBusError.get_remote_error(error) is e.g. "org.gamesched1.Error.AccessDenied".
        print(f"without gaming mode: {error.message}", file=sys.stderr)
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
"""Keeps gaming mode on for some time without naming a game: hold.py SECONDS

For what has no process of its own, such as a stream from another machine. Needs PyGObject.
"""

import sys

from gi.repository import Gio, GLib

NAME, PATH, MANAGER = "org.gamesched1", "/org/gamesched1", "org.gamesched1.Manager"


def main():
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} SECONDS")
    seconds = int(sys.argv[1])
    loop = GLib.MainLoop()
    cookie = None

    def on_released(_bus, _sender, _path, _interface, _signal, parameters):
        if parameters.unpack()[0] == cookie:
            print("cancelled: somebody has set the mode", flush=True)
            loop.quit()

    def on_timeout():
        # If this program ended without it, the hold would end as well: it is its connection's.
        bus.call_sync(NAME, PATH, MANAGER, "Release", GLib.Variant("(u)", (cookie,)), None,
                      Gio.DBusCallFlags.NONE, -1, None)
        print("released", flush=True)
        loop.quit()
        return GLib.SOURCE_REMOVE

    try:
        bus = Gio.bus_get_sync(Gio.BusType.SYSTEM)
        # When this hold is cancelled, its owner is told, and nobody else.
        bus.signal_subscribe(NAME, MANAGER, "HoldReleased", PATH, None, Gio.DBusSignalFlags.NONE, on_released)
        # Hold(s app_id, s reason) -> (u cookie)
        cookie = bus.call_sync(
            NAME, PATH, MANAGER, "Hold", GLib.Variant("(ss)", ("org.example.Stream", "a stream runs")),
            GLib.VariantType("(u)"), Gio.DBusCallFlags.NONE, -1, None).unpack()[0]
    except GLib.Error as error:
        sys.exit(f"without gaming mode: {error.message}")
    print("held", flush=True)
    GLib.timeout_add_seconds(seconds, on_timeout)
    loop.run()


if __name__ == "__main__":
    main()

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Tells gamesched-agent whose window has the focus (dbus/org.gamesched1.Agent.xml); that one knows whether it matters.
// Each time anew, since the agent may have been started meanwhile.

function tell(window) {
    // KWin has -1 for a process that it does not know.
    const pid = window && window.pid > 0 ? window.pid : 0;
    callDBus("org.gamesched1.Agent", "/org/gamesched1/Agent", "org.gamesched1.Agent", "SetFocus", pid);
}

workspace.windowActivated.connect(tell);
tell(workspace.activeWindow);

#!/usr/bin/env bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Takes pictures of the tray in Xfce's panel on a virtual screen: pictures.sh SCENE DIR. The service is played by SCENE,
# since a kernel without sched_ext knows one state only; panel, tray, menu and notifications are the real ones.
# Runs in the root of tests/support/dev/desktop.sh; ./dev pictures does it all.

set -Eeuo pipefail
scene_program=$1 pictures=$2
work=$(mktemp -d)
mkdir -p "$pictures"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

# wait_for COMMAND…: until it succeeds.
wait_for() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    echo "pictures: this did not happen: $*" >&2
    exit 1
}

capture() { import -window root "$work/now.png"; }

# The screen has been the same four times in a row.
settle() {
    local same=0 before='' now
    while ((same < 4)); do
        sleep 0.4
        capture
        now=$(identify -format '%#' "$work/now.png")
        if [[ $now == "$before" ]]; then same=$((same + 1)); else same=0; fi
        before=$now
    done
}

# picture NAME WIDTH HEIGHT: the upper left part of the screen as it is when it is still.
picture() {
    settle
    convert "$work/now.png" -crop "$2x$3+0+0" +repage -strip -colors 128 "PNG8:$pictures/$1.png"
    echo "pictures: $pictures/$1.png"
}

# ------------------------------------------------------------------ buses, screen, home

# start_bus SOCKET: what it starts has the present environment.
start_bus() {
    cat >"$1.conf" <<CONFIG
<busconfig><type>session</type><listen>unix:path=$1</listen><auth>EXTERNAL</auth>
<standard_session_servicedirs/>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>
CONFIG
    start_job dbus-daemon --nofork --config-file="$1.conf"
    wait_for test -S "$1"
}

# panel_settings DARK: a panel with nothing but the tray.
panel_settings() {
    mkdir -p "$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml"
    cat >"$XDG_CONFIG_HOME/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml" <<XML
<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="dark-mode" type="bool" value="$1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="p=6;x=0;y=0"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="length" type="double" value="100"/>
      <property name="size" type="uint" value="30"/>
      <property name="icon-size" type="uint" value="22"/>
      <property name="plugin-ids" type="array"><value type="int" value="1"/></property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="systray">
      <property name="square-icons" type="bool" value="true"/>
    </property>
  </property>
</channel>
XML
}

# ------------------------------------------------------------------ one desktop

has_item() {
    gdbus call --session -d org.kde.StatusNotifierWatcher -o /StatusNotifierWatcher -m org.freedesktop.DBus.Properties.Get \
        org.kde.StatusNotifierWatcher RegisteredStatusNotifierItems | grep -q org.gamesched1.Tray
}
icon_is() {
    gdbus call --session -d org.gamesched1.Tray -o /StatusNotifierItem -m org.freedesktop.DBus.Properties.Get \
        org.kde.StatusNotifierItem IconName | grep -q "$1"
}
scene() { printf '%s\n' "$1" >&7; }
point_at() { xdotool mousemove --sync "$1" "$2"; }

# start_desktop DARK LOCALE: a screen, buses and a panel of its own; ends with an icon in it.
start_desktop() {
    export HOME=$work/$2
    export XDG_CONFIG_HOME=$HOME/.config XDG_RUNTIME_DIR=$HOME DISPLAY=:77
    export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$HOME/system DBUS_SESSION_BUS_ADDRESS=unix:path=$HOME/session
    mkdir -p "$HOME"
    chmod 700 "$HOME"
    desktop_jobs=()
    start_job Xvfb :77 -screen 0 640x420x24 -nolisten tcp
    wait_for xdotool getdisplaygeometry
    start_bus "$HOME/system"
    start_bus "$HOME/session"
    panel_settings "$1"
    start_job xfce4-panel --disable-wm-check
    mkfifo "$HOME/scenes"
    exec 7<>"$HOME/scenes"
    "$scene_program" <&7 &
    desktop_jobs+=($!)
    LC_ALL=$2.UTF-8 start_job gamesched-tray
    wait_for has_item
    wait_for icon_is gamesched-off
    point_at 500 300
}

start_job() {
    "$@" &
    desktop_jobs+=($!)
}

stop_desktop() {
    exec 7>&-
    kill "${desktop_jobs[@]}" 2>/dev/null || true
    wait "${desktop_jobs[@]}" 2>/dev/null || true
}

states() {
    picture "$1-off" 320 34
    scene gaming
    wait_for icon_is gamesched-gaming
    picture "$1-gaming" 320 34
}

icon_x=15 icon_y=15

# open_menu NAME: with the first game's part.
open_menu() {
    point_at "$icon_x" "$icon_y"
    xdotool click 1
    settle
    point_at "$((icon_x + 60))" "$menu_game_y"
    picture "$1" 620 300
    xdotool key Escape key Escape
    point_at 500 300
}
menu_game_y=72

localedef --no-archive -i de_DE -f UTF-8 "$work/de_DE.UTF-8"
export LOCPATH=$work

start_desktop false C
states light
point_at "$icon_x" "$icon_y"
picture tooltip 320 120
point_at 500 300
open_menu menu
scene trouble
wait_for icon_is gamesched-trouble
picture light-trouble 640 200
open_menu menu-trouble
stop_desktop

start_desktop true de_DE
states dark
open_menu menu-de
scene trouble
wait_for icon_is gamesched-trouble
picture dark-trouble 640 200
stop_desktop

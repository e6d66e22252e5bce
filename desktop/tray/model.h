// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the tray shows, made from what it knows. Pure but for the language and the time zone.
//
// Texts come out as they are to be read: one line each, clipped, without control characters. Markup
// and mnemonics are the business of whoever hands them on.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "desktop/tray/facts.h"

namespace gamesched::tray {

enum class State {
    kOff,
    kGaming,
    kTrouble,  // gaming mode without the scheduler, or no service
};

// Of the theme hicolor, as the panel recolours it.
const char* icon_of(State state);

enum class Command { kNone, kSetMode, kSetProfile, kIgnoreGame, kToggleNotify, kMonitor, kQuit };

struct Action {
    Command command = Command::kNone;
    std::string argument;  // mode, profile or the game's object

    bool operator==(const Action&) const = default;
};

enum class EntryKind { kText, kChoice, kCheck, kSeparator };

struct Entry {
    std::string id;  // no other entry of its menu has it, and no other meaning ever does
    EntryKind kind = EntryKind::kText;
    std::string label;
    Action action;  // kNone: cannot be chosen
    bool checked = false;
    std::vector<Entry> children;  // a submenu
};

struct View {
    State state = State::kOff;
    std::string text;  // for the tooltip: lines
    std::vector<Entry> menu;
};

View view_of(const Facts& facts, const Preferences& preferences);

// A name as the tray writes it.
std::string shown_name(const std::string& name);

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/menu.h"

#include <libdbusmenu-glib/dbusmenu-glib.h>

#include <algorithm>
#include <string>
#include <utility>

namespace gamesched::tray {
namespace {

// An underscore would make the next letter a key.
std::string without_mnemonics(const std::string& label) {
    std::string doubled;
    for (const char c : label)
        doubled += c == '_' ? "__" : std::string(1, c);
    return doubled;
}

void set_toggle(DbusmenuMenuitem* item, const Entry& entry) {
    if (entry.kind != EntryKind::kChoice && entry.kind != EntryKind::kCheck)
        return;
    dbusmenu_menuitem_property_set(item, DBUSMENU_MENUITEM_PROP_TOGGLE_TYPE,
                                   entry.kind == EntryKind::kChoice
                                       ? DBUSMENU_MENUITEM_TOGGLE_RADIO
                                       : DBUSMENU_MENUITEM_TOGGLE_CHECK);
    dbusmenu_menuitem_property_set_int(item, DBUSMENU_MENUITEM_PROP_TOGGLE_STATE,
                                       entry.checked ? DBUSMENU_MENUITEM_TOGGLE_STATE_CHECKED
                                                     : DBUSMENU_MENUITEM_TOGGLE_STATE_UNCHECKED);
}

// What is as it was is not told to anybody.
void set_properties(DbusmenuMenuitem* item, const Entry& entry) {
    if (entry.kind == EntryKind::kSeparator) {
        dbusmenu_menuitem_property_set(item, DBUSMENU_MENUITEM_PROP_TYPE,
                                       DBUSMENU_CLIENT_TYPES_SEPARATOR);
        return;
    }
    dbusmenu_menuitem_property_set(item, DBUSMENU_MENUITEM_PROP_LABEL,
                                   without_mnemonics(entry.label).c_str());
    const bool usable = entry.action.command != Command::kNone || !entry.children.empty();
    dbusmenu_menuitem_property_set_bool(item, DBUSMENU_MENUITEM_PROP_ENABLED, usable);
    set_toggle(item, entry);
}

}  // namespace

struct Menu::Node {
    Node(Menu& owner, const Entry& entry)
        : menu(owner), id(entry.id), action(entry.action), item(dbusmenu_menuitem_new()) {
        connect(item.get(), DBUSMENU_MENUITEM_SIGNAL_ITEM_ACTIVATED, on_chosen, this);
    }
    // A panel's click may still keep the item for a moment.
    ~Node() { disconnect(item.get(), this); }

    Menu& menu;
    std::string id;
    Action action;
    Ref<DbusmenuMenuitem> item;
    Nodes children;
};

Menu::Menu(std::function<void(const Action&)> chosen)
    : chosen_(std::move(chosen)),
      root_(dbusmenu_menuitem_new()),
      server_(dbusmenu_server_new(kPath)) {
    dbusmenu_server_set_root(server_.get(), root_.get());
}

Menu::~Menu() = default;

void Menu::show(const std::vector<Entry>& entries) {
    show(root_.get(), nodes_, entries);
}

void Menu::show(DbusmenuMenuitem* parent, Nodes& present, const std::vector<Entry>& entries) {
    Nodes next;
    std::vector<bool> is_new;
    for (const Entry& entry : entries) {
        const auto found = std::ranges::find_if(
            present, [&](const auto& node) { return node && node->id == entry.id; });
        is_new.push_back(found == present.end());
        next.push_back(is_new.back() ? std::make_unique<Node>(*this, entry) : std::move(*found));
    }
    for (const auto& node : present)
        if (node)
            dbusmenu_menuitem_child_delete(parent, node->item.get());
    for (guint i = 0; i < next.size(); ++i) {
        DbusmenuMenuitem* const item = next[i]->item.get();
        set_properties(item, entries[i]);
        show(item, next[i]->children, entries[i].children);
        if (is_new[i])
            dbusmenu_menuitem_child_add_position(parent, item, i);
        else
            dbusmenu_menuitem_child_reorder(parent, item, i);
    }
    present = std::move(next);
}

void Menu::on_chosen(DbusmenuMenuitem*, guint, gpointer data) noexcept {
    const auto* const node = static_cast<const Node*>(data);
    // What is done may take the node away.
    const auto chosen = node->menu.chosen_;
    const Action action = node->action;
    if (action.command != Command::kNone)
        chosen(action);
}

}  // namespace gamesched::tray

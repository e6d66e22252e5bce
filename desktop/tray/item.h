// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The icon in the panel: a StatusNotifierItem. It registers with each StatusNotifierWatcher that
// comes, so that it is there again when the panel has been restarted, and in one that starts later.
//
// It has no Activate: panels show its menu for every click.

#pragma once

#include <optional>
#include <string>

#include "desktop/tray/gobject.h"
#include "desktop/tray/model.h"
#include "desktop/tray/panel-bus.h"

namespace gamesched::tray {

class Item {
  public:
    // `own_name` is owned on `session` by this process, `menu` an object of it. Null if the object
    // cannot be exported; the log says why.
    static std::unique_ptr<Item> create(GDBusConnection* session, const char* own_name,
                                        const char* menu);
    Item(const Item&) = delete;
    Item& operator=(const Item&) = delete;
    ~Item();

    // The first call makes the icon appear.
    void show(State state, const std::string& text);

  private:
    Item(GDBusConnection* session, const char* own_name, Ref<PanelStatusNotifierItem> object);

    static void on_watcher(GDBusConnection* session, const char* name, const char* owner,
                           gpointer self) noexcept;

    GDBusConnection* session_;
    const char* own_name_;
    Ref<PanelStatusNotifierItem> object_;
    guint watch_ = 0;
    std::optional<State> state_;
    std::string text_;
};

}  // namespace gamesched::tray

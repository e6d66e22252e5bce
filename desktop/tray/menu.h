// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The menu on the bus: com.canonical.dbusmenu, by libdbusmenu. What a panel shows is kept as it is
// where nothing has changed, so that an open menu stays usable; an item never changes its meaning,
// so that a click cannot hit something else than what was seen.

#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "desktop/tray/gobject.h"
#include "desktop/tray/model.h"

using DbusmenuMenuitem = struct _DbusmenuMenuitem;
using DbusmenuServer = struct _DbusmenuServer;

namespace gamesched::tray {

class Menu {
  public:
    static constexpr char kPath[] = "/MenuBar";

    explicit Menu(std::function<void(const Action&)> chosen);
    Menu(const Menu&) = delete;
    Menu& operator=(const Menu&) = delete;
    ~Menu();

    void show(const std::vector<Entry>& entries);

  private:
    struct Node;
    using Nodes = std::vector<std::unique_ptr<Node>>;

    static void on_chosen(DbusmenuMenuitem* item, guint time, gpointer node) noexcept;
    void show(DbusmenuMenuitem* parent, Nodes& present, const std::vector<Entry>& entries);

    std::function<void(const Action&)> chosen_;
    Ref<DbusmenuMenuitem> root_;
    Nodes nodes_;
    Ref<DbusmenuServer> server_;
};

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/item.h"

#include <utility>

namespace gamesched::tray {
namespace {

constexpr char kPath[] = "/StatusNotifierItem";  // panels know no other one by a bus name
constexpr char kWatcher[] = "org.kde.StatusNotifierWatcher";
constexpr char kWatcherPath[] = "/StatusNotifierWatcher";
constexpr char kTitle[] = "gamesched";

GVariant* no_pixmap() {
    return g_variant_new_array(G_VARIANT_TYPE("(iiay)"), nullptr, 0);
}

// Panels take the text for markup.
GVariant* tooltip(const std::string& text) {
    const TextPtr markup(g_markup_escape_text(text.c_str(), -1));
    return g_variant_new("(s@a(iiay)ss)", "", no_pixmap(), kTitle, markup.get());
}

void on_registered(GObject* source, GAsyncResult* result, gpointer) noexcept {
    ErrorPtr error;
    const VariantPtr answer(g_dbus_connection_call_finish(
        reinterpret_cast<GDBusConnection*>(source), result, std::out_ptr(error)));
    if (error)
        g_warning("The panel does not take the icon: %s", error->message);
}

}  // namespace

std::unique_ptr<Item> Item::create(GDBusConnection* session, const char* own_name,
                                   const char* menu) {
    Ref<PanelStatusNotifierItem> object(panel_status_notifier_item_skeleton_new());
    PanelStatusNotifierItem* const item = object.get();
    panel_status_notifier_item_set_category(item, "SystemServices");
    panel_status_notifier_item_set_id(item, "gamesched");
    panel_status_notifier_item_set_title(item, kTitle);
    panel_status_notifier_item_set_menu(item, menu);
    panel_status_notifier_item_set_item_is_menu(item, TRUE);
    panel_status_notifier_item_set_status(item, "Passive");
    panel_status_notifier_item_set_tool_tip(item, tooltip(""));
    ErrorPtr error;
    if (!g_dbus_interface_skeleton_export(reinterpret_cast<GDBusInterfaceSkeleton*>(item), session,
                                          kPath, std::out_ptr(error))) {
        g_warning("There is no icon: %s", error->message);
        return nullptr;
    }
    return std::unique_ptr<Item>(new Item(session, own_name, std::move(object)));
}

Item::Item(GDBusConnection* session, const char* own_name, Ref<PanelStatusNotifierItem> object)
    : session_(session), own_name_(own_name), object_(std::move(object)) {}

Item::~Item() {
    if (watch_ != 0)
        g_bus_unwatch_name(watch_);
    g_dbus_interface_skeleton_unexport(reinterpret_cast<GDBusInterfaceSkeleton*>(object_.get()));
}

void Item::show(State state, const std::string& text) {
    PanelStatusNotifierItem* const item = object_.get();
    if (state_ != state) {
        const char* const status = state == State::kTrouble ? "NeedsAttention" : "Active";
        panel_status_notifier_item_set_icon_name(item, icon_of(state));
        panel_status_notifier_item_set_attention_icon_name(item, icon_of(state));
        panel_status_notifier_item_set_status(item, status);
        panel_status_notifier_item_emit_new_status(item, status);
        panel_status_notifier_item_emit_new_icon(item);
        panel_status_notifier_item_emit_new_attention_icon(item);
    }
    if (text_ != text) {
        panel_status_notifier_item_set_tool_tip(item, tooltip(text));
        panel_status_notifier_item_emit_new_tool_tip(item);
    }
    state_ = state;
    text_ = text;
    if (watch_ == 0)
        watch_ = g_bus_watch_name_on_connection(session_, kWatcher, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                on_watcher, nullptr, this, nullptr);
}

void Item::on_watcher(GDBusConnection* session, const char*, const char* owner,
                      gpointer self) noexcept {
    g_dbus_connection_call(session, owner, kWatcherPath, kWatcher, "RegisterStatusNotifierItem",
                           g_variant_new("(s)", static_cast<Item*>(self)->own_name_), nullptr,
                           G_DBUS_CALL_FLAGS_NONE, -1, nullptr, on_registered, nullptr);
}

}  // namespace gamesched::tray

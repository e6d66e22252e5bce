// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/notifier.h"

#include <memory>
#include <string_view>
#include <utility>

#include "desktop/tray/gobject.h"

namespace gamesched::tray {
namespace {

constexpr char kName[] = "org.freedesktop.Notifications";
constexpr char kNotificationsPath[] = "/org/freedesktop/Notifications";
constexpr int kServersChoice = -1, kNever = 0;  // when it goes

const char* icon_of(Topic topic) {
    return topic == Topic::kTrip ? "dialog-warning" : "gamesched";
}

bool takes_markup(GVariant* capabilities) {
    GVariantIter iter;
    const VariantPtr list(g_variant_get_child_value(capabilities, 0));
    g_variant_iter_init(&iter, list.get());
    const char* capability = nullptr;
    while (g_variant_iter_next(&iter, "&s", &capability))
        if (capability == std::string_view("body-markup"))
            return true;
    return false;
}

std::string escaped(const std::string& text) {
    return TextPtr(g_markup_escape_text(text.c_str(), -1)).get();
}

GVariant* arguments_of(const Notification& notification, guint32 replaces,
                       const std::string& body) {
    GVariantBuilder hints;
    g_variant_builder_init(&hints, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&hints, "{sv}", "desktop-entry", g_variant_new_string("gamesched-tray"));
    return g_variant_new("(susssasa{sv}i)", "gamesched", replaces, icon_of(notification.topic),
                         notification.summary.c_str(), body.c_str(), nullptr, &hints,
                         notification.stays ? kNever : kServersChoice);
}

void complain(const ErrorPtr& error) {
    g_message("A notification could not be shown: %s", error->message);
}

}  // namespace

struct Notifier::Pending {
    Notifier& notifier;
    Notification notification;
};

void Notifier::show(Notification notification) {
    call("GetCapabilities", nullptr, "(as)", on_capabilities,
         new Pending{*this, std::move(notification)});
}

void Notifier::call(const char* method, GVariant* arguments, const char* answer,
                    GAsyncReadyCallback callback, gpointer data) {
    g_dbus_connection_call(session_, kName, kNotificationsPath, kName, method, arguments,
                           G_VARIANT_TYPE(answer), G_DBUS_CALL_FLAGS_NONE, -1, nullptr, callback,
                           data);
}

void Notifier::on_capabilities(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
    ErrorPtr error;
    const VariantPtr answer(g_dbus_connection_call_finish(
        reinterpret_cast<GDBusConnection*>(source), result, std::out_ptr(error)));
    if (error)
        return complain(error);
    Notifier& notifier = pending->notifier;
    const Notification& wanted = pending->notification;
    const guint32 replaces = notifier.shown_[static_cast<size_t>(wanted.topic)];
    GVariant* const arguments = arguments_of(
        wanted, replaces, takes_markup(answer.get()) ? escaped(wanted.body) : wanted.body);
    notifier.call("Notify", arguments, "(u)", on_shown, pending.release());
}

void Notifier::on_shown(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Pending> pending(static_cast<Pending*>(data));
    ErrorPtr error;
    const VariantPtr answer(g_dbus_connection_call_finish(
        reinterpret_cast<GDBusConnection*>(source), result, std::out_ptr(error)));
    if (error)
        return complain(error);
    g_variant_get(answer.get(), "(u)",
                  &pending->notifier.shown_[static_cast<size_t>(pending->notification.topic)]);
}

}  // namespace gamesched::tray

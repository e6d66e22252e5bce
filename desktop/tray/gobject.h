// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Owners of what GLib hands out.

#pragma once

#include <gio/gio.h>

#include <memory>

namespace gamesched::tray {

struct Unref {
    void operator()(gpointer object) const { g_object_unref(object); }
};
struct FreeError {
    void operator()(GError* error) const { g_error_free(error); }
};
struct FreeText {
    void operator()(char* text) const { g_free(text); }
};
struct UnrefVariant {
    void operator()(GVariant* variant) const { g_variant_unref(variant); }
};

template <typename Object>
using Ref = std::unique_ptr<Object, Unref>;
using ErrorPtr = std::unique_ptr<GError, FreeError>;
using TextPtr = std::unique_ptr<char, FreeText>;
using VariantPtr = std::unique_ptr<GVariant, UnrefVariant>;

// Until disconnect() or the object's end. The handler gets `data` last.
template <typename... Arguments>
void connect(gpointer object, const char* signal, void (*handler)(Arguments...) noexcept,
             gpointer data) {
    g_signal_connect_data(object, signal, reinterpret_cast<GCallback>(handler), data, nullptr,
                          GConnectFlags{});
}

// All that were connected with `data`.
inline void disconnect(gpointer object, gpointer data) {
    g_signal_handlers_disconnect_matched(object, G_SIGNAL_MATCH_DATA, 0, 0, nullptr, nullptr, data);
}

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Notifications, through org.freedesktop.Notifications of the session bus. Called directly:
// libnotify waits for each answer, and GNotification shows a body as text or as markup, depending
// on who shows it.

#pragma once

#include <gio/gio.h>

#include <array>
#include <string>

namespace gamesched::tray {

// A notification takes the place of the one before it of the same topic.
enum class Topic { kTrip, kGame, kAnswer };
inline constexpr size_t kTopics = 3;

struct Notification {
    Topic topic = Topic::kAnswer;
    std::string summary;  // both are plain text
    std::string body;
    bool stays = false;  // until it is dismissed
};

class Notifier {
  public:
    explicit Notifier(GDBusConnection* session) : session_(session) {}

    void show(Notification notification);

  private:
    struct Pending;
    static void on_capabilities(GObject* source, GAsyncResult* result, gpointer data) noexcept;
    static void on_shown(GObject* source, GAsyncResult* result, gpointer data) noexcept;
    void call(const char* method, GVariant* arguments, const char* answer,
              GAsyncReadyCallback callback, gpointer data);

    GDBusConnection* session_;
    std::array<guint32, kTopics> shown_ = {};  // ids
};

}  // namespace gamesched::tray

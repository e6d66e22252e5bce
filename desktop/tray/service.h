// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gameschedd as the tray sees it: its properties, its signals, and the calls that the menu makes.
//
// The bus says when the service comes and goes; it is never started and never asked again and
// again. Each time it comes its objects are read once, and their signals keep them up to date. The
// proxies are those of one owner of the name, so that nothing of the former one is mixed in. Only
// trips are followed for ever: one that has just come may tell of the end of the former.

#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>

#include "desktop/tray/facts.h"
#include "desktop/tray/gobject.h"
#include "desktop/tray/problem.h"
#include "desktop/tray/rule.h"
#include "desktop/tray/service-bus.h"

namespace gamesched::tray {

class Service {
  public:
    struct Observer {
        std::function<void()> changed;  // also once at first, when it is known whether it runs
        std::function<void(const TripFacts&)> tripped;
        std::function<void(const std::string& name)> game_started;
    };
    using Done = std::function<void(const std::optional<CallError>&)>;

    explicit Service(Observer observer);
    Service(const Service&) = delete;
    Service& operator=(const Service&) = delete;
    ~Service();

    Facts facts() const;

    // These may ask the user for a password. All call back once, unless the tray ends before.
    void set_mode(const std::string& mode, Done done);
    void set_profile(const std::string& profile, Done done);
    void unregister_game(uint32_t pid, Done done);
    using Answer = std::function<void(const std::optional<ProgramFacts>&)>;
    void ask_why(uint32_t pid, Answer answer);

  private:
    static void on_appeared(GDBusConnection* bus, const char* name, const char* owner,
                            gpointer self) noexcept;
    static void on_vanished(GDBusConnection* bus, const char* name, gpointer self) noexcept;
    static void on_manager(GObject* source, GAsyncResult* result, gpointer self) noexcept;
    static void on_scheduler(GObject* source, GAsyncResult* result, gpointer self) noexcept;
    static void on_games(GObject* source, GAsyncResult* result, gpointer self) noexcept;
    static void on_game_started(ServiceManager* manager, const char* game, guint pid,
                                const char* name, const char* app_id, const char* source,
                                gpointer self) noexcept;
    static void on_tripped(GDBusConnection* bus, const char* sender, const char* path,
                           const char* interface, const char* signal, GVariant* arguments,
                           gpointer self) noexcept;

    void follow_trips(GDBusConnection* bus);
    void forget();
    // False if it was given up, and then the service may not exist any more.
    static bool is_wanted(const ErrorPtr& error);
    void on_part_read();
    void follow();
    std::vector<GameFacts> games() const;

    Observer observer_;
    guint watch_ = 0;
    Ref<GDBusConnection> bus_;   // from when the bus has answered
    guint trips_ = 0;            // the subscription there
    Ref<GCancellable> reading_;  // the present owner
    Ref<ServiceManager> manager_;
    Ref<ServiceScheduler> scheduler_;
    Ref<GDBusObjectManager> games_;
    bool is_read_ = false;  // all three
    std::optional<TripFacts> last_trip_;
};

}  // namespace gamesched::tray

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/tray/service.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "dbus/names.h"

namespace gamesched::tray {
namespace {

// A person types a password meanwhile.
constexpr int kNoTimeout = G_MAXINT;

std::string text(const char* wire) {
    return wire ? wire : "";
}

client::WallTime now() {
    return client::WallTime(client::Usec(g_get_real_time()));
}

std::vector<std::string> evidence_of(ServiceGame* game) {
    std::vector<std::string> sentences;
    GVariant* const list = service_game_get_evidence(game);
    if (!list)
        return sentences;
    GVariantIter iter;
    g_variant_iter_init(&iter, list);
    const char* sentence = nullptr;
    while (g_variant_iter_next(&iter, "(i&s)", nullptr, &sentence))
        sentences.emplace_back(sentence);
    return sentences;
}

GameFacts facts_of(const char* path, ServiceGame* game) {
    return {.object = path,
            .pid = service_game_get_pid(game),
            .main_pid = service_game_get_main_pid(game),
            .name = text(service_game_get_name(game)),
            .source = text(service_game_get_source(game)),
            .started = client::WallTime(
                client::Usec(static_cast<int64_t>(service_game_get_started_usec(game)))),
            .evidence = evidence_of(game)};
}

CallError call_error(GError& error) {
    const TextPtr name(g_dbus_error_get_remote_error(&error));
    g_dbus_error_strip_remote_error(&error);
    return {text(name.get()), error.message};
}

CallError not_running() {
    return {"org.freedesktop.DBus.Error.ServiceUnknown", ""};
}

// The callbacks of calls own what is to be done with the answer.
template <auto finish>
void on_done(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Service::Done> done(static_cast<Service::Done*>(data));
    ErrorPtr error;
    finish(reinterpret_cast<ServiceManager*>(source), result, std::out_ptr(error));
    (*done)(error ? std::optional(call_error(*error)) : std::nullopt);
}

ProgramFacts program_of(GVariant* judgement) {
    const char *app_id = "", *executable = "";
    g_variant_lookup(judgement, "AppId", "&s", &app_id);
    g_variant_lookup(judgement, "Executable", "&s", &executable);
    return {app_id, executable};
}

void on_answer(GObject* source, GAsyncResult* result, gpointer data) noexcept {
    const std::unique_ptr<Service::Answer> answer(static_cast<Service::Answer*>(data));
    VariantPtr judgement;
    const bool known = service_manager_call_why_finish(reinterpret_cast<ServiceManager*>(source),
                                                       std::out_ptr(judgement), result, nullptr);
    (*answer)(known ? std::optional(program_of(judgement.get())) : std::nullopt);
}

}  // namespace

Service::Service(Observer observer)
    : observer_(std::move(observer)),
      watch_(g_bus_watch_name(G_BUS_TYPE_SYSTEM, names::kBusName, G_BUS_NAME_WATCHER_FLAGS_NONE,
                              on_appeared, on_vanished, this, nullptr)) {}

Service::~Service() {
    g_bus_unwatch_name(watch_);
    if (bus_)
        g_dbus_connection_signal_unsubscribe(bus_.get(), trips_);
    forget();
}

void Service::on_appeared(GDBusConnection* bus, const char*, const char* owner,
                          gpointer data) noexcept {
    auto* const self = static_cast<Service*>(data);
    // Otherwise GLib ends the program when the system bus does.
    g_dbus_connection_set_exit_on_close(bus, FALSE);
    self->follow_trips(bus);
    self->forget();
    self->reading_.reset(g_cancellable_new());
    GCancellable* const reading = self->reading_.get();
    service_manager_proxy_new(bus, G_DBUS_PROXY_FLAGS_NONE, owner, names::kManagerPath, reading,
                              on_manager, self);
    service_scheduler_proxy_new(bus, G_DBUS_PROXY_FLAGS_NONE, owner, names::kManagerPath, reading,
                                on_scheduler, self);
    service_object_manager_client_new(bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                      owner, names::kManagerPath, reading, on_games, self);
}

void Service::on_vanished(GDBusConnection* bus, const char*, gpointer data) noexcept {
    auto* const self = static_cast<Service*>(data);
    if (bus)
        self->follow_trips(bus);
    self->forget();
    self->observer_.changed();
}

void Service::follow_trips(GDBusConnection* bus) {
    if (bus_)
        return;
    bus_.reset(G_DBUS_CONNECTION(g_object_ref(bus)));
    trips_ = g_dbus_connection_signal_subscribe(
        bus, names::kBusName, service_scheduler_interface_info()->name, "WatchdogTripped",
        names::kManagerPath, nullptr, G_DBUS_SIGNAL_FLAGS_NONE, on_tripped, this, nullptr);
}

void Service::forget() {
    if (reading_)
        g_cancellable_cancel(reading_.get());
    for (const gpointer proxy :
         {gpointer(manager_.get()), gpointer(scheduler_.get()), gpointer(games_.get())})
        if (proxy)
            disconnect(proxy, this);
    games_.reset();
    scheduler_.reset();
    manager_.reset();
    reading_.reset();
    is_read_ = false;
}

bool Service::is_wanted(const ErrorPtr& error) {
    if (!error)
        return true;
    if (!g_error_matches(error.get(), G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning("gameschedd cannot be read and counts as not running: %s", error->message);
    return false;
}

void Service::on_manager(GObject*, GAsyncResult* result, gpointer data) noexcept {
    ErrorPtr error;
    Ref<ServiceManager> proxy(service_manager_proxy_new_finish(result, std::out_ptr(error)));
    if (!is_wanted(error))
        return;
    auto* const self = static_cast<Service*>(data);
    self->manager_ = std::move(proxy);
    connect(self->manager_.get(), "game-started", on_game_started, self);
    self->on_part_read();
}

void Service::on_scheduler(GObject*, GAsyncResult* result, gpointer data) noexcept {
    ErrorPtr error;
    Ref<ServiceScheduler> proxy(service_scheduler_proxy_new_finish(result, std::out_ptr(error)));
    if (!is_wanted(error))
        return;
    auto* const self = static_cast<Service*>(data);
    self->scheduler_ = std::move(proxy);
    self->on_part_read();
}

void Service::on_games(GObject*, GAsyncResult* result, gpointer data) noexcept {
    ErrorPtr error;
    Ref<GDBusObjectManager> proxy(
        service_object_manager_client_new_finish(result, std::out_ptr(error)));
    if (!is_wanted(error))
        return;
    auto* const self = static_cast<Service*>(data);
    self->games_ = std::move(proxy);
    self->on_part_read();
}

void Service::on_part_read() {
    if (!manager_ || !scheduler_ || !games_)
        return;
    is_read_ = true;
    follow();
    observer_.changed();
}

// What changed is of no interest: all is read anew from the proxies, which have it already.
void Service::follow() {
    constexpr auto changed = [](const gpointer data) noexcept {
        static_cast<Service*>(data)->observer_.changed();
    };
    for (const gpointer proxy : {gpointer(manager_.get()), gpointer(scheduler_.get())})
        g_signal_connect_swapped(proxy, "g-properties-changed",
                                 reinterpret_cast<GCallback>(+changed), this);
    for (const char* signal :
         {"object-added", "object-removed", "interface-proxy-properties-changed"})
        g_signal_connect_swapped(games_.get(), signal, reinterpret_cast<GCallback>(+changed), this);
}

void Service::on_game_started(ServiceManager*, const char*, guint, const char* name, const char*,
                              const char*, gpointer self) noexcept {
    static_cast<Service*>(self)->observer_.game_started(text(name));
}

void Service::on_tripped(GDBusConnection*, const char*, const char*, const char*, const char*,
                         GVariant* arguments, gpointer data) noexcept {
    if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(ssts)")))
        return;
    const char *reason = "", *action = "";
    g_variant_get(arguments, "(&s&st&s)", nullptr, &reason, nullptr, &action);
    auto* const self = static_cast<Service*>(data);
    self->last_trip_ = {.reason = reason, .action = action, .at = now()};
    self->observer_.tripped(*self->last_trip_);
    self->observer_.changed();
}

// ------------------------------------------------------------------ facts

std::vector<GameFacts> Service::games() const {
    std::vector<GameFacts> games;
    GList* const objects = g_dbus_object_manager_get_objects(games_.get());
    for (const GList* each = objects; each; each = each->next) {
        auto* const object = static_cast<GDBusObject*>(each->data);
        if (ServiceGame* game = service_object_peek_game(reinterpret_cast<ServiceObject*>(object)))
            games.push_back(facts_of(g_dbus_object_get_object_path(object), game));
    }
    g_list_free_full(objects, g_object_unref);
    std::ranges::sort(games, {},
                      [](const GameFacts& game) { return std::pair(game.started, game.object); });
    return games;
}

Facts Service::facts() const {
    if (!is_read_)
        return {.last_trip = last_trip_};
    Facts facts = {.reachable = true,
                   .active = service_manager_get_active(manager_.get()) != FALSE,
                   .mode = text(service_manager_get_mode(manager_.get())),
                   .profile = text(service_manager_get_profile(manager_.get())),
                   .games = games(),
                   .scheduler = text(service_scheduler_get_state(scheduler_.get())),
                   .reason = text(service_scheduler_get_reason(scheduler_.get())),
                   .trips = service_scheduler_get_trips(scheduler_.get()),
                   .last_trip = last_trip_};
    if (const char* const* profile = service_manager_get_profiles(manager_.get()))
        for (; *profile; ++profile)
            facts.profiles.emplace_back(*profile);
    return facts;
}

// ------------------------------------------------------------------ calls

void Service::set_mode(const std::string& mode, Done done) {
    if (!manager_)
        return done(not_running());
    service_manager_call_set_mode(
        manager_.get(), mode.c_str(), G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, kNoTimeout,
        nullptr, on_done<service_manager_call_set_mode_finish>, new Done(std::move(done)));
}

void Service::set_profile(const std::string& profile, Done done) {
    if (!manager_)
        return done(not_running());
    service_manager_call_set_profile(manager_.get(), profile.c_str(),
                                     G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, kNoTimeout,
                                     nullptr, on_done<service_manager_call_set_profile_finish>,
                                     new Done(std::move(done)));
}

void Service::unregister_game(uint32_t pid, Done done) {
    if (!manager_)
        return done(not_running());
    service_manager_call_unregister_game(
        manager_.get(), pid, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, kNoTimeout, nullptr,
        on_done<service_manager_call_unregister_game_finish>, new Done(std::move(done)));
}

void Service::ask_why(uint32_t pid, Answer answer) {
    if (!manager_)
        return answer(std::nullopt);
    service_manager_call_why(manager_.get(), pid, G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION,
                             kNoTimeout, nullptr, on_answer, new Answer(std::move(answer)));
}

}  // namespace gamesched::tray

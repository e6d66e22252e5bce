// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-tray: options, language, the name on the session bus that makes it the only one, the
// loop.

#include <glib-unix.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "desktop/tray/gobject.h"
#include "desktop/tray/translation.h"
#include "desktop/tray/tray.h"

namespace {

namespace tray = gamesched::tray;

struct FreeLoop {
    void operator()(GMainLoop* loop) const { g_main_loop_unref(loop); }
};

struct Program {
    tray::Ref<GDBusConnection> session;
    std::unique_ptr<GMainLoop, FreeLoop> loop{g_main_loop_new(nullptr, FALSE)};
    std::unique_ptr<tray::Tray> tray;
};

void on_name_acquired(GDBusConnection* session, const char*, gpointer data) noexcept {
    auto* const program = static_cast<Program*>(data);
    program->tray =
        std::make_unique<tray::Tray>(session, [program] { g_main_loop_quit(program->loop.get()); });
}

void on_name_lost(GDBusConnection*, const char*, gpointer data) noexcept {
    auto* const program = static_cast<Program*>(data);
    if (!program->tray)
        std::fputs(tray::tr("gamesched-tray runs already in this session.\n"), stderr);
    g_main_loop_quit(program->loop.get());
}

gboolean on_signal(gpointer data) noexcept {
    g_main_loop_quit(static_cast<Program*>(data)->loop.get());
    return G_SOURCE_CONTINUE;
}

int run() {
    Program program;
    tray::ErrorPtr error;
    program.session.reset(g_bus_get_sync(G_BUS_TYPE_SESSION, nullptr, std::out_ptr(error)));
    if (!program.session) {
        std::fputs(
            tray::trf("gamesched-tray: there is no session bus: {}\n", error->message).c_str(),
            stderr);
        return EXIT_FAILURE;
    }
    g_unix_signal_add(SIGTERM, on_signal, &program);
    g_unix_signal_add(SIGINT, on_signal, &program);
    // Until the end: the name goes with the connection.
    g_bus_own_name_on_connection(program.session.get(), tray::kBusName,
                                 G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_name_acquired,
                                 on_name_lost, &program, nullptr);
    g_main_loop_run(program.loop.get());
    program.tray.reset();
    // The panel gets the answer to the click that ended us.
    g_dbus_connection_flush_sync(program.session.get(), nullptr, nullptr);
    return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
    std::setlocale(LC_ALL, "");
    bindtextdomain(tray::kTextDomain, LOCALE_DIRECTORY);
    bind_textdomain_codeset(tray::kTextDomain, "UTF-8");
    g_set_prgname("gamesched-tray");

    CLI::App app(
        tray::tr("Shows in the panel whether a game runs under gaming mode, and switches it.\n"
                 "Usually started with the session; see gamesched-tray(1)."));
    app.set_version_flag("--version", "gamesched-tray " GAMESCHED_VERSION);
    CLI11_PARSE(app, argc, argv);
    return run();
}

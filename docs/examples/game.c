// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Starts a program as a game and says when the game has ended: game CMD [ARG...]
//
//     gcc game.c -o game $(pkg-config --cflags --libs gio-unix-2.0)
//
// With GDBus. hold.c uses systemd's library instead.

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static const char kName[] = "org.gamesched1";
static const char kPath[] = "/org/gamesched1";
static const char kManager[] = "org.gamesched1.Manager";

typedef struct {
    GMainLoop* loop;
    char* game;  // its object
} Wait;

static void on_exited(GDBusConnection* bus, const char* sender, const char* path,
                      const char* interface, const char* signal, GVariant* parameters,
                      gpointer data) {
    Wait* wait = data;
    const char *game = NULL, *name = NULL, *cause = "";
    g_autoptr(GVariant) summary = NULL;
    g_variant_get(parameters, "(&ou&s@a{sv})", &game, NULL, &name, &summary);
    if (g_strcmp0(game, wait->game) != 0)
        return;
    g_variant_lookup(summary, "Cause", "&s", &cause);
    g_print("ended: %s (%s)\n", name, cause);
    g_main_loop_quit(wait->loop);
}

// The object of the game; NULL if that failed. A pidfd, unlike a PID, cannot be somebody else's by
// the time it arrives.
static char* register_game(GDBusConnection* bus, GPid pid, const char* name, GError** error) {
    const int pidfd = pidfd_open(pid, 0);
    if (pidfd < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "pidfd_open: %s",
                    g_strerror(errno));
        return NULL;
    }
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new_from_array(&pidfd, 1);  // closes it
    GVariantBuilder options;
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "Name", g_variant_new_string(name));
    g_variant_builder_add(&options, "{sv}", "AppId", g_variant_new_string("org.example.Launcher"));
    // RegisterGameByPidFd(h pidfd, a{sv} options) -> (o game); h is an index into the list.
    g_autoptr(GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync(
        bus, kName, kPath, kManager, "RegisterGameByPidFd", g_variant_new("(ha{sv})", 0, &options),
        G_VARIANT_TYPE("(o)"), G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, error);
    char* game = NULL;
    if (reply)
        g_variant_get(reply, "(o)", &game);
    return game;
}

static void play(GPid pid, const char* name) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    Wait wait = {.loop = g_main_loop_new(NULL, FALSE)};
    if (bus) {
        // Before the game is registered: a signal that is sent before somebody listens is lost.
        g_dbus_connection_signal_subscribe(bus, kName, kManager, "GameExited", kPath, NULL,
                                           G_DBUS_SIGNAL_FLAGS_NONE, on_exited, &wait, NULL);
        wait.game = register_game(bus, pid, name, &error);
    }
    if (wait.game) {
        g_print("registered: %s\n", wait.game);
        g_main_loop_run(wait.loop);
    } else {
        // A game without gaming mode is better than no game. Which error it is, for programs:
        // g_dbus_error_get_remote_error(error) is e.g. "org.gamesched1.Error.AccessDenied".
        g_printerr("without gaming mode: %s\n", error->message);
    }
    g_free(wait.game);
    g_main_loop_unref(wait.loop);
}

int main(int argc, char** argv) {
    if (argc < 2) {
        g_printerr("usage: %s CMD [ARG...]\n", argv[0]);
        return 2;
    }
    GPid pid = 0;
    g_autoptr(GError) error = NULL;
    if (!g_spawn_async(
            NULL, argv + 1, NULL,
            G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_CHILD_INHERITS_STDIN, NULL,
            NULL, &pid, &error)) {
        g_printerr("%s\n", error->message);
        return 127;
    }
    g_autofree char* name = g_path_get_basename(argv[1]);
    play(pid, name);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

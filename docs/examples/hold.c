// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Keeps gaming mode on for some time without naming a game: hold SECONDS
//
//     gcc hold.c -o hold $(pkg-config --cflags --libs libsystemd)
//
// For what has no process of its own, such as a stream from another machine. With sd-bus; game.c
// uses GDBus instead.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>

static const char kName[] = "org.gamesched1";
static const char kPath[] = "/org/gamesched1";
static const char kManager[] = "org.gamesched1.Manager";

typedef struct {
    sd_bus* bus;
    sd_event* event;
    uint32_t cookie;
} Hold;

static int on_released(sd_bus_message* signal, void* data, sd_bus_error* error) {
    Hold* hold = data;
    uint32_t cookie = 0;
    const int result = sd_bus_message_read(signal, "u", &cookie);
    if (result < 0 || cookie != hold->cookie)
        return result;
    puts("cancelled: somebody has set the mode");
    return sd_event_exit(hold->event, 0);
}

static int on_timeout(sd_event_source* source, uint64_t usec, void* data) {
    Hold* hold = data;
    // If this program ended without it, the hold would end as well: it is its connection's.
    const int result = sd_bus_call_method(hold->bus, kName, kPath, kManager, "Release", NULL, NULL,
                                          "u", hold->cookie);
    if (result >= 0)
        puts("released");
    return sd_event_exit(hold->event, result);
}

// Hold(s app_id, s reason) -> (u cookie)
static int take(Hold* hold, sd_bus_error* error) {
    sd_bus_message* reply = NULL;
    // When this hold is cancelled, its owner is told, and nobody else.
    int result = sd_bus_match_signal(hold->bus, NULL, kName, kPath, kManager, "HoldReleased",
                                     on_released, hold);
    if (result >= 0)
        result = sd_bus_call_method(hold->bus, kName, kPath, kManager, "Hold", error, &reply, "ss",
                                    "org.example.Stream", "a stream runs");
    if (result >= 0)
        result = sd_bus_message_read(reply, "u", &hold->cookie);
    sd_bus_message_unref(reply);
    return result;
}

static int keep(Hold* hold, uint64_t seconds) {
    int result = sd_event_default(&hold->event);
    if (result >= 0)
        result = sd_bus_attach_event(hold->bus, hold->event, SD_EVENT_PRIORITY_NORMAL);
    if (result >= 0)
        result = sd_event_add_time_relative(hold->event, NULL, CLOCK_MONOTONIC, seconds * 1000000,
                                            0, on_timeout, hold);
    if (result >= 0)
        result = sd_event_loop(hold->event);
    sd_event_unref(hold->event);
    return result;
}

int main(int argc, char** argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s SECONDS\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    Hold hold = {0};
    sd_bus_error error = SD_BUS_ERROR_NULL;
    int result = sd_bus_open_system(&hold.bus);
    if (result >= 0)
        result = take(&hold, &error);
    if (result >= 0) {
        puts("held");
        result = keep(&hold, strtoul(argv[1], NULL, 10));
    }
    if (result < 0)
        // error.name, for programs, is e.g. "org.gamesched1.Error.AccessDenied".
        fprintf(stderr, "without gaming mode: %s\n",
                error.message ? error.message : strerror(-result));
    sd_bus_error_free(&error);
    sd_bus_flush_close_unref(hold.bus);
    return result < 0 ? 1 : 0;
}

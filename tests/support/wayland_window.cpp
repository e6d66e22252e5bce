// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-test-toplevel APP_ID: opens a window on $WAYLAND_DISPLAY whose application calls itself
// so, says when it is shown, and keeps it until it is killed or the compositor ends. Fails if there
// is none.

#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>
#include <xdg-shell.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr int kSize = 64, kBytes = kSize * kSize * 4;

wl_compositor* compositor = nullptr;
wl_shm* shm = nullptr;
xdg_wm_base* shell = nullptr;
wl_surface* surface = nullptr;
bool shown = false;

void ping(void*, xdg_wm_base* base, uint32_t serial) {
    xdg_wm_base_pong(base, serial);
}
constexpr xdg_wm_base_listener kShell = {.ping = ping};

void global(void*, wl_registry* registry, uint32_t name, const char* interface, uint32_t) {
    const auto bind = [&](const wl_interface& wanted, auto*& to) {
        if (std::strcmp(interface, wanted.name) == 0)
            to = static_cast<std::remove_reference_t<decltype(to)>>(
                wl_registry_bind(registry, name, &wanted, 1));
    };
    bind(wl_compositor_interface, compositor);
    bind(wl_shm_interface, shm);
    bind(xdg_wm_base_interface, shell);
}
void removed(void*, wl_registry*, uint32_t) {}
constexpr wl_registry_listener kRegistry = {.global = global, .global_remove = removed};

// The first picture, which makes the window visible.
void configure(void*, xdg_surface* window, uint32_t serial) {
    xdg_surface_ack_configure(window, serial);
    const int file = memfd_create("picture", MFD_CLOEXEC);
    if (ftruncate(file, kBytes) != 0)
        std::exit(EXIT_FAILURE);
    wl_shm_pool* pool = wl_shm_create_pool(shm, file, kBytes);
    wl_surface_attach(
        surface,
        wl_shm_pool_create_buffer(pool, 0, kSize, kSize, kSize * 4, WL_SHM_FORMAT_XRGB8888), 0, 0);
    wl_surface_commit(surface);
    wl_shm_pool_destroy(pool);
    close(file);
    shown = true;
}
constexpr xdg_surface_listener kWindow = {.configure = configure};

void size(void*, xdg_toplevel*, int32_t, int32_t, wl_array*) {}
void closed(void*, xdg_toplevel*) {
    std::exit(EXIT_SUCCESS);
}
constexpr xdg_toplevel_listener kToplevel = {.configure = size, .close = closed};

}  // namespace

int main(int argc, char** argv) {
    wl_display* display = argc > 1 ? wl_display_connect(nullptr) : nullptr;
    if (!display)
        return EXIT_FAILURE;
    wl_registry_add_listener(wl_display_get_registry(display), &kRegistry, nullptr);
    wl_display_roundtrip(display);
    if (!compositor || !shm || !shell)
        return EXIT_FAILURE;
    xdg_wm_base_add_listener(shell, &kShell, nullptr);
    surface = wl_compositor_create_surface(compositor);
    xdg_surface* window = xdg_wm_base_get_xdg_surface(shell, surface);
    xdg_surface_add_listener(window, &kWindow, nullptr);
    xdg_toplevel* toplevel = xdg_surface_get_toplevel(window);
    xdg_toplevel_add_listener(toplevel, &kToplevel, nullptr);
    xdg_toplevel_set_app_id(toplevel, argv[1]);
    wl_surface_commit(surface);
    while (!shown && wl_display_dispatch(display) >= 0) {
    }
    wl_display_roundtrip(display);
    std::puts("shown");
    std::fflush(stdout);
    while (wl_display_dispatch(display) >= 0) {
    }
    return EXIT_SUCCESS;
}

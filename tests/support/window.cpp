// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched-test-window: opens a window, prints its number and keeps it until it is killed.
// gamesched-test-window NUMBER: says what a window manager says when that window has the focus; 0
// for none. Fails if there is no X server.

#include <unistd.h>
#include <xcb/xcb.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
    xcb_connection_t* connection = xcb_connect(nullptr, nullptr);
    if (xcb_connection_has_error(connection) != 0)
        return EXIT_FAILURE;
    const xcb_screen_t* screen = xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
    if (argc > 1) {
        constexpr char kProperty[] = "_NET_ACTIVE_WINDOW";
        auto* atom = xcb_intern_atom_reply(
            connection, xcb_intern_atom(connection, 0, std::strlen(kProperty), kProperty), nullptr);
        const auto window = static_cast<xcb_window_t>(std::strtoul(argv[1], nullptr, 0));
        xcb_change_property(connection, XCB_PROP_MODE_REPLACE, screen->root, atom->atom,
                            XCB_ATOM_WINDOW, 32, 1, &window);
        std::free(atom);
        // An answer: the server has done it.
        std::free(xcb_get_input_focus_reply(connection, xcb_get_input_focus(connection), nullptr));
        xcb_disconnect(connection);
        return EXIT_SUCCESS;
    }
    const xcb_window_t window = xcb_generate_id(connection);
    xcb_create_window(connection, XCB_COPY_FROM_PARENT, window, screen->root, 0, 0, 64, 64, 0,
                      XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, 0, nullptr);
    xcb_map_window(connection, window);
    std::free(xcb_get_input_focus_reply(connection, xcb_get_input_focus(connection), nullptr));
    std::printf("%u\n", window);
    std::fflush(stdout);
    pause();
    return EXIT_SUCCESS;
}

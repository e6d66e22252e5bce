// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/active_window.h"

#include <xcb/res.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>

namespace gamesched::agent {
namespace {

constexpr std::string_view kProperty = "_NET_ACTIVE_WINDOW";

// What the server allocates for an answer.
struct Free {
    void operator()(void* answer) const { std::free(answer); }
};
template <typename Answer>
using Reply = std::unique_ptr<Answer, Free>;

xcb_screen_t& screen_of(xcb_connection_t* connection, int number) {
    auto screens = xcb_setup_roots_iterator(xcb_get_setup(connection));
    for (; number > 0 && screens.rem > 1; --number)
        xcb_screen_next(&screens);
    return *screens.data;
}

}  // namespace

ActiveWindow::ActiveWindow() {
    int number = 0;
    connection_.reset(xcb_connect(nullptr, &number));
    check();
    root_ = screen_of(connection_.get(), number).root;
    const auto atom = xcb_intern_atom(connection_.get(), 0, kProperty.size(), kProperty.data());
    const Reply<xcb_intern_atom_reply_t> answer(
        xcb_intern_atom_reply(connection_.get(), atom, nullptr));
    check();
    property_ = answer ? answer->atom : xcb_atom_t{XCB_NONE};
    const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
    xcb_change_window_attributes(connection_.get(), root_, XCB_CW_EVENT_MASK, &events);
    xcb_flush(connection_.get());
}

void ActiveWindow::check() const {
    if (xcb_connection_has_error(connection_.get()) != 0)
        throw std::runtime_error("the X server cannot be reached");
}

int ActiveWindow::fd() const {
    return xcb_get_file_descriptor(connection_.get());
}

bool ActiveWindow::update() {
    bool changed = false;
    while (const Reply<xcb_generic_event_t> event{xcb_poll_for_event(connection_.get())}) {
        constexpr uint8_t kSentBySomebody = 0x80;
        if ((event->response_type & ~kSentBySomebody) != XCB_PROPERTY_NOTIFY)
            continue;
        const auto& notice = reinterpret_cast<const xcb_property_notify_event_t&>(*event);
        changed |= notice.window == root_ && notice.atom == property_;
    }
    check();
    return changed;
}

xcb_window_t ActiveWindow::window() {
    const auto cookie =
        xcb_get_property(connection_.get(), 0, root_, property_, XCB_ATOM_WINDOW, 0, 1);
    const Reply<xcb_get_property_reply_t> answer(
        xcb_get_property_reply(connection_.get(), cookie, nullptr));
    if (!answer || xcb_get_property_value_length(answer.get()) != sizeof(xcb_window_t))
        return XCB_NONE;
    return *static_cast<const xcb_window_t*>(xcb_get_property_value(answer.get()));
}

pid_t ActiveWindow::process() {
    xcb_res_client_id_spec_t wanted = {.client = window(),
                                       .mask = XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID};
    if (wanted.client == XCB_NONE)
        return 0;
    const auto cookie = xcb_res_query_client_ids(connection_.get(), 1, &wanted);
    const Reply<xcb_res_query_client_ids_reply_t> answer(
        xcb_res_query_client_ids_reply(connection_.get(), cookie, nullptr));
    if (!answer)  // the window has gone meanwhile
        return 0;
    auto ids = xcb_res_query_client_ids_ids_iterator(answer.get());
    for (; ids.rem > 0; xcb_res_client_id_value_next(&ids))
        if ((ids.data->spec.mask & XCB_RES_CLIENT_ID_MASK_LOCAL_CLIENT_PID) != 0 &&
            xcb_res_client_id_value_value_length(ids.data) > 0)
            return static_cast<pid_t>(*xcb_res_client_id_value_value(ids.data));
    return 0;
}

}  // namespace gamesched::agent

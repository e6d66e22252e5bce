// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/active_toplevel.h"

#include <foreign-toplevel.h>
#include <wayland-client.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>

namespace gamesched::agent {

// What libwayland calls: nothing may be thrown there.
struct ActiveToplevel::Listeners {
    using Handle = zwlr_foreign_toplevel_handle_v1;
    using Manager = zwlr_foreign_toplevel_manager_v1;

    static Toplevel& toplevel(void* data) { return *static_cast<Toplevel*>(data); }

    static void app_id(void* data, Handle*, const char* app_id) noexcept {
        toplevel(data).app_id = app_id;
    }
    static void state(void* data, Handle*, wl_array* state) noexcept {
        const std::span states(static_cast<const uint32_t*>(state->data),
                               state->size / sizeof(uint32_t));
        toplevel(data).active =
            std::ranges::contains(states, ZWLR_FOREIGN_TOPLEVEL_HANDLE_V1_STATE_ACTIVATED);
    }
    static void closed(void* data, Handle*) noexcept {
        Toplevel& gone = toplevel(data);
        gone.owner->drop(gone);
    }
    static void title(void*, Handle*, const char*) noexcept {}
    static void output(void*, Handle*, wl_output*) noexcept {}
    static void done(void*, Handle*) noexcept {}
    static void parent(void*, Handle*, Handle*) noexcept {}
    static constexpr zwlr_foreign_toplevel_handle_v1_listener kHandle = {
        .title = title,
        .app_id = app_id,
        .output_enter = output,
        .output_leave = output,
        .state = state,
        .done = done,
        .closed = closed,
        .parent = parent,
    };

    static void opened(void* data, Manager*, Handle* handle) noexcept {
        auto* self = static_cast<ActiveToplevel*>(data);
        Toplevel& added = self->toplevels_.emplace_back(self, handle);
        zwlr_foreign_toplevel_handle_v1_add_listener(handle, &kHandle, &added);
    }
    static void finished(void*, Manager*) noexcept {}
    static constexpr zwlr_foreign_toplevel_manager_v1_listener kManager = {
        .toplevel = opened,
        .finished = finished,
    };

    static void global(void* data, wl_registry* registry, uint32_t name, const char* interface,
                       uint32_t version) noexcept {
        auto* self = static_cast<ActiveToplevel*>(data);
        const wl_interface& wanted = zwlr_foreign_toplevel_manager_v1_interface;
        if (self->manager_ || std::strcmp(interface, wanted.name) != 0)
            return;
        self->manager_ =
            static_cast<Manager*>(wl_registry_bind(registry, name, &wanted, std::min(version, 3U)));
        zwlr_foreign_toplevel_manager_v1_add_listener(self->manager_, &kManager, self);
    }
    static void global_removed(void*, wl_registry*, uint32_t) noexcept {}
    static constexpr wl_registry_listener kRegistry = {
        .global = global,
        .global_remove = global_removed,
    };
};

std::unique_ptr<ActiveToplevel> ActiveToplevel::create() {
    // Without it the library would try a name that another session may have.
    if (!std::getenv("WAYLAND_DISPLAY"))
        return nullptr;
    std::unique_ptr<ActiveToplevel> created(new ActiveToplevel);
    return created->connect() ? std::move(created) : nullptr;
}

bool ActiveToplevel::connect() {
    display_ = wl_display_connect(nullptr);
    if (!display_)
        return false;
    registry_ = wl_display_get_registry(display_);
    wl_registry_add_listener(registry_, &Listeners::kRegistry, this);
    // First what there is, then the windows.
    return wl_display_roundtrip(display_) >= 0 && manager_ && wl_display_roundtrip(display_) >= 0;
}

ActiveToplevel::~ActiveToplevel() {
    while (!toplevels_.empty())
        drop(toplevels_.front());
    if (manager_)
        zwlr_foreign_toplevel_manager_v1_destroy(manager_);
    if (registry_)
        wl_registry_destroy(registry_);
    if (display_)
        wl_display_disconnect(display_);
}

void ActiveToplevel::drop(Toplevel& toplevel) {
    zwlr_foreign_toplevel_handle_v1_destroy(toplevel.handle);
    toplevels_.remove_if([&](const Toplevel& one) { return &one == &toplevel; });
}

int ActiveToplevel::fd() const {
    return wl_display_get_fd(display_);
}

void ActiveToplevel::update() {
    while (wl_display_prepare_read(display_) != 0)
        if (wl_display_dispatch_pending(display_) < 0)
            throw std::runtime_error("the compositor has gone");
    if (wl_display_flush(display_) < 0 && errno != EAGAIN) {
        wl_display_cancel_read(display_);
        throw std::runtime_error("the compositor cannot be reached");
    }
    if (wl_display_read_events(display_) < 0 || wl_display_dispatch_pending(display_) < 0)
        throw std::runtime_error("the compositor has gone");
}

std::string ActiveToplevel::app_id() const {
    const auto active = std::ranges::find(toplevels_, true, &Toplevel::active);
    return active == toplevels_.end() ? "" : active->app_id;
}

}  // namespace gamesched::agent

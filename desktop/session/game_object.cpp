// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/game_object.h"

#include <systemd/sd-bus.h>

#include <charconv>
#include <climits>
#include <format>
#include <system_error>

#include "dbus/names.h"
#include "service/base/process.h"

namespace gamesched::session {
namespace {

// Comes after the objects that exist.
int on_unknown(sd_bus_message* message, void*, sd_bus_error*) noexcept {
    const char* const path = sd_bus_message_get_path(message);
    const auto pid = pid_of_path(path != nullptr ? path : "");
    if (!pid)
        return 0;
    return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                      "No client registered with id '%d'", *pid);
}

// A path is any bytes, a string on the bus is UTF-8.
std::string text_of(const Game& game) {
    return printable(game.executable, PATH_MAX);
}

}  // namespace

sdbus::ObjectPath path_of_game(pid_t pid) {
    return sdbus::ObjectPath(std::format("{}/{}", names::kGameModeGames, pid));
}

std::optional<pid_t> pid_of_path(std::string_view path) {
    constexpr std::string_view kGames = names::kGameModeGames;
    if (!path.starts_with(kGames) || path.size() < kGames.size() + 2 || path[kGames.size()] != '/')
        return std::nullopt;
    const std::string_view text = path.substr(kGames.size() + 1);
    pid_t pid = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
    if (error != std::errc() || end != text.data() + text.size() || pid < 0)
        return std::nullopt;
    return pid;
}

GameObject::GameObject(sdbus::IConnection& connection, const Game& game)
    : AdaptorInterfaces(connection, path_of_game(game.pid)),
      pid_(game.pid),
      requester_(game.requester),
      executable_(text_of(game)),
      registered_at_(game.registered_at) {
    registerAdaptor();
}

GameObject::~GameObject() {
    unregisterAdaptor();
}

void GameObject::update(const Game& game) {
    executable_ = text_of(game);
    getObject().emitPropertiesChangedSignal(Game_adaptor::INTERFACE_NAME,
                                            {sdbus::PropertyName("Executable")});
}

void UnknownGames::SlotDeleter::operator()(sd_bus_slot* slot) const {
    sd_bus_slot_unref(slot);
}

UnknownGames::UnknownGames(sd_bus* bus) {
    sd_bus_slot* slot = nullptr;
    const int error = sd_bus_add_fallback(bus, &slot, names::kGameModeGames, on_unknown, nullptr);
    if (error < 0)
        throw std::system_error(-error, std::generic_category(), "Answering for unknown games");
    slot_.reset(slot);
}

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/titles.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <utility>

#include "dbus/names.h"
#include "desktop/agent/played.h"
#include "desktop/agent/title_finder.h"
#include "service/base/process.h"

namespace gamesched::agent {
namespace {

constexpr size_t kMaxTitleBytes = 256;  // the service takes no longer ones

}  // namespace

Titles::Titles(sdbus::IConnection& connection, Places places)
    : connection_(connection), places_(std::move(places)), user_(getuid()) {}

void Titles::on_found(const sdbus::ObjectPath& path, const Game& game) {
    if (game.user != user_ || (game.name_source != "found" && game.name_source != "title"))
        return;
    const std::string title = printable(find_title(places_, played_by(game)), kMaxTitleBytes);
    if (title.empty() || title == game.name)
        return;
    // Once each: what the service does not take now it does not take later.
    Told& told = told_[path];
    if (told.title == title)
        return;
    told = {.title = title,
            .game = sdbus::createProxy(connection_, sdbus::ServiceName(names::kBusName), path)};
    told.game->callMethodAsync("SetTitle")
        .onInterface("org.gamesched1.Game")
        .withArguments(title)
        .uponReplyInvoke([title](std::optional<sdbus::Error> error) {
            if (error)
                spdlog::info("gameschedd does not take the title \"{}\": {}", title,
                             error->getMessage());
        });
}

}  // namespace gamesched::agent

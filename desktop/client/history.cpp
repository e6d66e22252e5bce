// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/history.h"

#include "desktop/client/json.h"
#include "desktop/client/played.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include "dbus/names.h"

#include <cerrno>
#include <cstring>
#include <format>
#include <fstream>

namespace gamesched::client {
namespace {

constexpr std::uint32_t kAll = 500;

Result<int> write_page(const PlayedView& game, const std::string& path) {
    std::ofstream file(path);
    file << played_html(game) << std::flush;
    if (!file)
        return std::unexpected{
            Problem{kExitRefused, std::format("{}: {}", printable(path), std::strerror(errno))}};
    return kExitOk;
}

Result<int> show_any(const ReportCommand& command) {
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    const auto history = service->history(kAll);
    if (!history)
        return std::unexpected{history.error()};
    std::vector<PlayedView> games;
    for (const Options& game : *history)
        games.push_back(played_view(game));

    if (command.list && command.json) {
        Json all = Json::array();
        for (const Options& game : *history)
            all.push_back(json_of(game));
        say(json_document(all));
        return kExitOk;
    }
    if (command.list) {
        print(played_list(games));
        return kExitOk;
    }
    const PlayedView* game = find_played(games, command.game);
    if (!game)
        return std::unexpected{problem_of_error(
            names::kErrorNoSuchGame,
            games.empty()
                ? "no game of yours has ended yet"
                : std::format("no game that has ended is called \"{}\"; \"gamesched report "
                              "--list\" shows all",
                              printable(command.game)))};
    if (!command.html.empty())
        return write_page(*game, command.html);
    if (command.json)
        say(json_document(json_of((*history)[static_cast<std::size_t>(game - games.data())])));
    else
        print(played_page(*game));
    return kExitOk;
}

}  // namespace

int show(const ReportCommand& command) {
    const auto exit_code = show_any(command);
    return exit_code ? *exit_code : fail(exit_code.error());
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/show.h"

#include "desktop/client/diagnosis.h"
#include "desktop/client/doctor_facts.h"
#include "desktop/client/judgement.h"
#include "desktop/client/report.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"
#include "desktop/client/user.h"

#include <chrono>

namespace gamesched::client {
namespace {

Emphasis emphasis() {
    return {.good = [](const std::string& text) { return coloured(text, Colour::kGood); },
            .warning = [](const std::string& text) { return coloured(text, Colour::kWarning); },
            .bad = [](const std::string& text) { return coloured(text, Colour::kBad); }};
}

struct Everything {
    Properties manager;
    Properties scheduler;
    Objects objects;
};

Result<Everything> read_everything() {
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    Everything everything;
    return service->manager_properties()
        .and_then([&](Properties manager) {
            everything.manager = std::move(manager);
            return service->scheduler_properties();
        })
        .and_then([&](Properties scheduler) {
            everything.scheduler = std::move(scheduler);
            return service->objects();
        })
        .transform([&](Objects objects) {
            everything.objects = std::move(objects);
            return std::move(everything);
        });
}

}  // namespace

int show(const StatusCommand& command) {
    const auto read = read_everything();
    if (!read)
        return fail(read.error());
    if (command.json) {
        say(json_document(status_json(read->manager, read->scheduler, read->objects)));
        return kExitOk;
    }
    const StatusView view{.manager = manager_view(read->manager),
                          .scheduler = scheduler_view(read->scheduler),
                          .games = game_views(read->objects)};
    print(status_page(view, command.all, wall_now(), user_name, emphasis()));
    return kExitOk;
}

int show(const GamesCommand& command) {
    const auto objects =
        Service::connect_to_read().and_then([](Service service) { return service.objects(); });
    if (!objects)
        return fail(objects.error());
    if (command.json)
        say(json_document(games_json(*objects)));
    else if (command.why)
        print(why_games_page(game_views(*objects)));
    else
        print(games_page(game_views(*objects), wall_now(), user_name));
    return kExitOk;
}

int show(const WhyCommand& command) {
    const auto why = Service::connect_to_read().and_then(
        [&](Service service) { return service.why(command.pid); });
    if (!why)
        return fail(why.error());
    if (command.json)
        say(json_document(json_of(*why)));
    else
        print(judgement_page(*why));
    return kExitOk;
}

int show(const DoctorCommand& command) {
    const Findings findings = diagnose(gather_facts());
    if (command.json)
        say(json_document(findings_json(findings)));
    else
        print(findings_page(findings, emphasis()));
    return is_any_bad(findings) ? kExitRefused : kExitOk;
}

}  // namespace gamesched::client

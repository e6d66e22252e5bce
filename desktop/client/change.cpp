// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/change.h"

#include "desktop/client/process.h"
#include "desktop/client/report.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"
#include "desktop/client/tunable.h"

#include "dbus/names.h"

#include <cerrno>
#include <cstring>
#include <format>

namespace gamesched::client {
namespace {

Result<Service> connect() {
    return Service::connect(Service::kChangeTimeout, Service::Prompt::kAllowed);
}

int exit_code_of(const Result<void>& result) {
    return result ? kExitOk : fail(result.error());
}

Options registration_options(const RegisterCommand& command) {
    Options options;
    if (!command.name.empty())
        options.emplace("Name", sdbus::Variant{printable(command.name)});
    if (!command.app_id.empty())
        options.emplace("AppId", sdbus::Variant{printable(command.app_id)});
    if (!command.scope.empty())
        options.emplace("Scope", sdbus::Variant{command.scope});
    if (!command.profile.empty())
        options.emplace("Profile", sdbus::Variant{printable(command.profile)});
    return options;
}

Result<Fd> find_process(std::uint32_t pid) {
    Fd pidfd = open_pidfd(static_cast<pid_t>(pid));
    if (pidfd.is_open())
        return pidfd;
    // EINVAL and ENOENT: a thread of a process, which is not what people mean by a PID either.
    if (errno == ESRCH || errno == EINVAL || errno == ENOENT)
        return std::unexpected{problem_of_error(names::kErrorNoSuchProcess,
                                                std::format("there is no process {}", pid))};
    return std::unexpected{Problem{
        kExitRefused, std::format("cannot open process {}: {}", pid, std::strerror(errno))}};
}

std::string value_text(const sdbus::Variant& value) {
    const Json json = json_of(value);
    return json.is_string() ? printable(json.get<std::string>()) : json_line(json);
}

int show_tunables(const Options& tunables, bool json) {
    if (json) {
        say(json_document(json_of(tunables)));
        return kExitOk;
    }
    for (const std::string& line : values_page(tunables))
        say(line);
    return kExitOk;
}

int show_tunable(const std::string& name, const sdbus::Variant& value, bool json) {
    say(json ? json_document(Json{{name, json_of(value)}}) : value_text(value));
    return kExitOk;
}

int set_tunable(Service& service, const TuneCommand& command, const sdbus::Variant& present) {
    const auto value = parse_value(*command.value, present);
    if (!value)
        return fail({value.error().exit_code,
                     std::format("{}: {}", printable(*command.name), value.error().what)});
    if (const auto done = service.set_tunable(*command.name, *value); !done)
        return fail(done.error());
    return command.json ? show_tunable(*command.name, *value, true) : kExitOk;
}

int show_mode(Service& service, bool json) {
    const auto mode = service.mode();
    if (!mode)
        return fail(mode.error());
    say(json ? json_document(Json{{"Mode", *mode}}) : printable(*mode));
    return kExitOk;
}

// What is, after the choice of `chosen` if there was one.
int show_profile(Service& service, const ProfileCommand& command) {
    const auto manager = service.manager_properties();
    if (!manager)
        return fail(manager.error());
    const ManagerView view = manager_view(*manager);
    if (command.json) {
        say(json_document(profile_json(view)));
        return kExitOk;
    }
    const auto objects = service.objects();
    if (!objects)
        return fail(objects.error());
    const auto games = game_views(*objects);
    if (!command.name) {
        for (const std::string& line : profile_page(view, games))
            say(line);
    } else if (const std::string remark = profile_remark(*command.name, view, games);
               !remark.empty()) {
        say(remark);
    }
    return kExitOk;
}

}  // namespace

int change(const RegisterCommand& command) {
    // The pidfd, not the number: it names the same process in every PID namespace, and no other one
    // later.
    const auto process = find_process(command.pid);
    if (!process)
        return fail(process.error());
    auto service = connect();
    if (!service)
        return fail(service.error());
    const auto game = service->register_game(process->get(), registration_options(command));
    if (!game)
        return fail(game.error());
    say(command.json ? json_document(Json{{"Game", *game}}) : printable(*game));
    return kExitOk;
}

int change(const UnregisterCommand& command) {
    // The number: the process may have gone while its tree is still a game.
    return exit_code_of(
        connect().and_then([&](Service service) { return service.unregister_game(command.pid); }));
}

int change(const ModeCommand& command) {
    auto service = connect();
    if (!service)
        return fail(service.error());
    if (!command.mode)
        return show_mode(*service, command.json);
    if (const auto done = service->set_mode(*command.mode); !done)
        return fail(done.error());
    return command.json ? show_mode(*service, true) : kExitOk;
}

int change(const ProfileCommand& command) {
    auto service = connect();
    if (!service)
        return fail(service.error());
    if (command.name)
        if (const auto done = service->set_profile(printable(*command.name)); !done)
            return fail(done.error());
    return show_profile(*service, command);
}

int change(const TuneCommand& command) {
    auto service = connect();
    if (!service)
        return fail(service.error());
    const auto tunables = service->tunables();
    if (!tunables)
        return fail(tunables.error());
    if (!command.name)
        return show_tunables(*tunables, command.json);

    const auto tunable = tunables->find(*command.name);
    if (tunable == tunables->end())
        return fail(
            problem_of_error(names::kErrorNoSuchTunable,
                             std::format("there is no tunable \"{}\"", printable(*command.name))));
    if (!command.value)
        return show_tunable(*command.name, tunable->second, command.json);
    return set_tunable(*service, command, tunable->second);
}

int change(const ReloadCommand&) {
    return exit_code_of(connect().and_then([](Service service) { return service.reload(); }));
}

int change(const RestartCommand&) {
    return exit_code_of(
        connect().and_then([](Service service) { return service.restart_scheduler(); }));
}

}  // namespace gamesched::client

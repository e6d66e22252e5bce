// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/run.h"

#include "desktop/client/process.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <format>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <unistd.h>

namespace gamesched::client {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMaxOptionBytes = 256;  // of the service, for Name and AppId

using Complaint = std::optional<Problem>;  // why there is no gaming mode

Complaint register_self(const Options& options) {
    const Fd pidfd = open_pidfd(::getpid());
    if (!pidfd.is_open())
        return Problem{kExitRefused, std::format("pidfd_open: {}", std::strerror(errno))};
    auto service = Service::connect(kPatience, Service::Prompt::kNever);
    if (!service)
        return std::move(service).error();
    const auto game = service->register_game(pidfd.get(), options);
    return game ? Complaint{} : Complaint{game.error()};
}

// In a thread of its own, because connecting to a bus whose daemon hangs has no time limit that we
// can set. If it takes too long, exec ends the thread.
Complaint register_in_time(const Options& options) {
    auto promise = std::make_shared<std::promise<Complaint>>();
    auto complaint = promise->get_future();
    std::thread([promise, options] {
        try {
            promise->set_value(register_self(options));
        } catch (...) {
            promise->set_exception(std::current_exception());
        }
    }).detach();
    if (complaint.wait_for(kPatience) != std::future_status::ready)
        return Problem{kExitUnreachable,
                       std::format("gameschedd did not answer within {} s", kPatience.count())};
    return complaint.get();
}

std::string option_text(const std::string& text) {
    return clipped_bytes(printable(text), kMaxOptionBytes);
}

}  // namespace

std::string without_gaming_mode(const Problem& problem) {
    return std::format("CMD runs without gaming mode: {}",
                       problem.exit_code == kExitUnreachable ? sentence(problem) : problem.what);
}

Options registration_options(const RunCommand& command, const char* steam_app_id) {
    const std::string app_id = !command.app_id.empty()   ? command.app_id
                               : steam_app_id != nullptr ? steam_app_id
                                                         : "";
    Options options{{"Scope", sdbus::Variant{command.scope}}};
    // CMD is seldom the game itself: others may know better what that is called.
    if (command.name.empty())
        options.emplace("DefaultName",
                        sdbus::Variant{option_text(base_name(command.argv.front()))});
    else
        options.emplace("Name", sdbus::Variant{option_text(command.name)});
    if (!app_id.empty())
        options.emplace("AppId", sdbus::Variant{option_text(app_id)});
    if (!command.profile.empty())
        options.emplace("Profile", sdbus::Variant{printable(command.profile)});
    return options;
}

int run(const RunCommand& command) noexcept {
    try {
        const Options options = registration_options(command, std::getenv("SteamAppId"));
        if (const Complaint complaint = register_in_time(options))
            warn(without_gaming_mode(*complaint));
    } catch (...) {
        warn("CMD runs without gaming mode: an unexpected error occurred");
    }
    return execute(command.argv);
}

}  // namespace gamesched::client

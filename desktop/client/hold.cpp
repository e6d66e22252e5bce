// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/hold.h"

#include "desktop/client/loop.h"
#include "desktop/client/process.h"
#include "desktop/client/run.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include <cerrno>
#include <cstring>
#include <format>
#include <optional>
#include <string_view>
#include <utility>

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

constexpr std::chrono::seconds kPatience{5};
constexpr std::size_t kMaxBytes = 256;  // of the service, for each string
constexpr auto kForwarded = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

// The hold and the connection that it lives on.
struct Claim {
    Service service;
    std::uint32_t cookie = 0;
    bool lost = false;

    // Says it when the hold ends before the program does.
    void lose(std::string_view why) {
        if (!std::exchange(lost, true))
            warn(std::format("{}; CMD goes on", why));
    }
};

Result<Claim> claim(const HoldCommand& command) {
    auto service = Service::connect(kPatience, Service::Prompt::kNever);
    if (!service)
        return std::unexpected{std::move(service).error()};
    const std::string reason = command.reason.empty()
                                   ? std::format("{} runs", base_name(command.argv.front()))
                                   : command.reason;
    const auto cookie = service->hold(clipped_bytes(printable(command.app_id), kMaxBytes),
                                      clipped_bytes(printable(reason), kMaxBytes));
    if (!cookie)
        return std::unexpected{cookie.error()};
    return Claim{std::move(*service), *cookie};
}

Result<void> watch(Claim& claim, Loop& loop) {
    return claim.service
        .on_hold_released([&claim](std::uint32_t released) {
            if (released == claim.cookie)
                claim.lose("the hold has been cancelled because somebody set the mode");
        })
        .and_then([&] {
            return loop.attach(claim.service, [&claim] {
                claim.lose("the system bus has gone, and the hold with it");
            });
        });
}

void forward(const signalfd_siginfo& signal, pid_t child) {
    // The number is the child's until it has been waited for.
    if (is_to_be_forwarded(signal.ssi_code, static_cast<pid_t>(signal.ssi_pid), child))
        ::kill(child, static_cast<int>(signal.ssi_signo));
}

Result<std::unique_ptr<Loop>> loop_until_end_of(pid_t child, const Fd& pidfd) {
    auto loop = Loop::create();
    if (!loop)
        return loop;
    auto set_up = (*loop)->on_ready(pidfd.get(), EPOLLIN, [&loop = **loop] { loop.leave(0); });
    for (const int number : kForwarded) {
        set_up = std::move(set_up).and_then([&] {
            return (*loop)->on_signal(
                number, [child](const signalfd_siginfo& signal) { forward(signal, child); });
        });
    }
    if (!set_up)
        return std::unexpected{std::move(set_up).error()};
    return loop;
}

void accompany(pid_t child, const Fd& pidfd, std::optional<Claim>& claim) {
    auto loop = loop_until_end_of(child, pidfd);
    if (!loop) {
        warn(sentence(loop.error()));
        return;
    }
    if (claim) {
        if (const auto watched = watch(*claim, **loop); !watched)
            warn(sentence(watched.error()));
    }
    (*loop)->run();
}

}  // namespace

bool is_to_be_forwarded(std::int32_t code, pid_t sender, pid_t program) {
    // The terminal (Ctrl+C, hang-up) signals the whole process group, and so does a program that
    // says "kill 0". Somebody else's signal to the group looks like one to this process alone: then
    // the program gets it twice.
    return code != SI_KERNEL && sender != program;
}

int hold(const HoldCommand& command) {
    std::optional<Claim> claimed;
    if (auto claim_result = claim(command))
        claimed.emplace(std::move(*claim_result));
    else
        warn(without_gaming_mode(claim_result.error()));

    const BlockedSignals blocked{kForwarded};
    const pid_t child = ::fork();
    if (child == 0) {
        blocked.restore();
        ::_exit(execute(command.argv));
    }
    if (child == -1)
        return fail({kExitRefused, std::format("cannot fork: {}", std::strerror(errno))});

    if (const Fd pidfd = open_pidfd(child); pidfd.is_open())
        accompany(child, pidfd, claimed);
    const int status = wait_for(child);
    // A call for a hold that is lost would only start the service again.
    if (claimed && !claimed->lost)
        static_cast<void>(claimed->service.release(claimed->cookie));
    return status;
}

}  // namespace gamesched::client

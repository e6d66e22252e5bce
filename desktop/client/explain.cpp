// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/explain.h"

#include "desktop/client/explanation.h"
#include "desktop/client/process.h"
#include "desktop/client/service.h"
#include "desktop/client/terminal.h"

#include "dbus/names.h"

#include <format>

namespace gamesched::client {
namespace {

// Where /proc does not show others' processes, the service knows whether there is such a thread.
std::vector<std::uint32_t> threads_to_ask_about(const ExplainCommand& command) {
    if (!command.one_thread)
        if (auto threads = threads_of(command.id); !threads.empty())
            return threads;
    return {command.id};
}

// Without the threads that have ended meanwhile.
Result<std::vector<Options>> read_explanations(const ExplainCommand& command) {
    auto service = Service::connect_to_read();
    if (!service)
        return std::unexpected{std::move(service).error()};
    std::vector<Options> explanations;
    for (const std::uint32_t tid : threads_to_ask_about(command)) {
        auto explanation = service->explain(tid);
        if (!explanation)
            return std::unexpected{explanation.error()};
        if (*explanation)
            explanations.push_back(std::move(**explanation));
    }
    if (explanations.empty())
        return std::unexpected{
            problem_of_error(names::kErrorNoSuchProcess,
                             std::format("there is no process or thread {}", command.id))};
    sort_worst_first(explanations);
    return explanations;
}

}  // namespace

int explain(const ExplainCommand& command) {
    const auto explanations = read_explanations(command);
    if (!explanations)
        return fail(explanations.error());
    if (command.json) {
        say(json_document(explanations_json(*explanations)));
        return kExitOk;
    }
    std::vector<ThreadView> threads;
    for (const Options& explanation : *explanations)
        threads.push_back(thread_view(explanation));
    const Lines lines = threads.size() == 1 ? thread_page(threads.front()) : threads_page(threads);
    for (const std::string& line : lines)
        say(line);
    return kExitOk;
}

}  // namespace gamesched::client

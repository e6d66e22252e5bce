// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamesched: the command line client of gameschedd.

#include "desktop/client/change.h"
#include "desktop/client/explain.h"
#include "desktop/client/follow.h"
#include "desktop/client/history.h"
#include "desktop/client/hold.h"
#include "desktop/client/options.h"
#include "desktop/client/problem.h"
#include "desktop/client/run.h"
#include "desktop/client/show.h"
#include "desktop/client/stats.h"
#include "desktop/client/terminal.h"
#include "desktop/client/top.h"

#include <cstdio>
#include <exception>

namespace {

namespace client = gamesched::client;

struct Execute {
    int operator()(const client::StatusCommand& command) const { return client::show(command); }
    int operator()(const client::GamesCommand& command) const { return client::show(command); }
    int operator()(const client::StatsCommand& command) const { return client::show(command); }
    int operator()(const client::TopCommand& command) const { return client::top(command); }
    int operator()(const client::ReportCommand& command) const { return client::show(command); }
    int operator()(const client::WhyCommand& command) const { return client::show(command); }
    int operator()(const client::DoctorCommand& command) const { return client::show(command); }
    int operator()(const client::ExplainCommand& command) const { return client::explain(command); }
    int operator()(const client::EventsCommand& command) const { return client::follow(command); }
    int operator()(const client::RunCommand& command) const { return client::run(command); }
    int operator()(const client::HoldCommand& command) const { return client::hold(command); }
    int operator()(const auto& command) const { return client::change(command); }
};

int answer(const client::Answer& answer) {
    std::FILE* stream = answer.exit_code == client::kExitOk ? stdout : stderr;
    std::fputs(answer.text.c_str(), stream);
    if (!answer.text.ends_with('\n'))
        std::fputc('\n', stream);
    return answer.exit_code;
}

}  // namespace

int main(int argc, char* argv[]) {
    client::open_standard_streams();
    try {
        const auto command = client::parse({argv + (argc > 0 ? 1 : 0), argv + argc});
        return command ? std::visit(Execute{}, *command) : answer(command.error());
    } catch (const std::exception& error) {
        client::warn(error.what());
        return client::kExitRefused;
    }
}

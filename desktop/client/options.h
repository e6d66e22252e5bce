// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The command line: which command, with what. Pure: arguments in, a Command or an Answer (help,
// version, wrong usage) out.

#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gamesched::client {

struct StatusCommand {
    bool all = false;
    bool json = false;
};

struct GamesCommand {
    bool why = false;
    bool json = false;
};

struct WhyCommand {
    std::uint32_t pid = 0;
    bool json = false;
};

struct DoctorCommand {
    bool json = false;
};

struct RunCommand {
    std::string name;    // empty: the base name of the command
    std::string app_id;  // empty: SteamAppId of the environment, if set
    std::string scope = "tree";
    std::string profile;  // empty: none
    std::vector<std::string> argv;
};

struct HoldCommand {
    std::string app_id = "gamesched";
    std::string reason;  // empty: made from the command
    std::vector<std::string> argv;
};

struct RegisterCommand {
    std::uint32_t pid = 0;
    std::string name;
    std::string app_id;
    std::string scope;    // empty: the service's default
    std::string profile;  // empty: none
    bool json = false;
};

struct UnregisterCommand {
    std::uint32_t pid = 0;
};

struct ModeCommand {
    std::optional<std::string> mode;
    bool json = false;
};

struct ProfileCommand {
    std::optional<std::string> name;  // empty: the configuration's
    bool json = false;
};

struct ExplainCommand {
    std::uint32_t id = 0;     // PID or TID
    bool one_thread = false;  // a TID, also if it is a process's PID
    bool json = false;
};

struct EventsCommand {
    bool json = false;
};

struct StatsCommand {
    std::string game;                     // PID or name; empty: all that is counted
    std::optional<double> watch_seconds;  // again and again
    bool prometheus = false;
    bool json = false;
};

struct TopCommand {
    double interval_seconds = 1;
    bool once = false;
};

struct ReportCommand {
    std::string game = "last";  // a number of the list, or a part of a name
    std::string html;           // the page's file; empty: text
    bool list = false;
    bool json = false;
};

struct TuneCommand {
    std::optional<std::string> name;
    std::optional<std::string> value;
    bool json = false;
};

struct ReloadCommand {};
struct RestartCommand {};

using Command = std::variant<StatusCommand, GamesCommand, RunCommand, HoldCommand, RegisterCommand,
                             UnregisterCommand, ModeCommand, EventsCommand, StatsCommand,
                             TuneCommand, ReloadCommand, RestartCommand, ProfileCommand,
                             ExplainCommand, WhyCommand, DoctorCommand, ReportCommand, TopCommand>;

// There is nothing to do but to say this: on stdout if exit_code is 0, otherwise on stderr.
struct Answer {
    int exit_code = 0;
    std::string text;
};

// `arguments` without the program's name.
std::expected<Command, Answer> parse(const std::vector<std::string>& arguments);

// `run` and `hold`: what stands before the program to start belongs to gamesched, the rest to the
// program, dashes or not. "--" may stand between, and must when the program's name begins with a
// dash.
struct SplitArguments {
    std::vector<std::string> own;
    std::vector<std::string> program;
};
SplitArguments split_at_program(const std::vector<std::string>& arguments);

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/options.h"

#include "desktop/client/problem.h"
#include "desktop/client/text.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <format>
#include <string_view>

#include <sys/types.h>

namespace gamesched::client {
namespace {

constexpr std::string_view kDescription =
    "Runs games under gaming mode and says what gameschedd, the gaming mode service, is doing.";

constexpr std::string_view kFooter = R"(Examples:
  gamesched run %command%             as the launch options of a game in Steam
  gamesched run -- ./game --windowed  starts a game from a shell
  gamesched status                    is gaming mode on, is the scheduler attached, if not: why
  gamesched top                       games and how long they wait, all the time; q quits
  gamesched hold -- ffplay film.mkv   gaming mode for something that is not a game
  gamesched explain 4711              why does this process or thread stutter?
  gamesched why 4711                  is this process a game, and why not?
  gamesched doctor                    what works on this machine, what does not, what to do
  gamesched events --json | jq .      follows what happens
  gamesched tune slice-usec 2000      changes a tunable at once

Exit codes:
  0      success
  1      the service refused or failed; the reason is on stderr (doctor: something is bad)
  2      wrong usage
  3      the service cannot be reached
  run and hold end as their CMD does, also when there is no service:
  126    CMD cannot be executed
  127    CMD was not found
  128+N  signal N ended CMD (hold; with run it is CMD itself that the signal ends)

"gamesched COMMAND --help" describes one command, gamesched(1) all of them.)";

constexpr std::array kOptionsWithValue{
    std::string_view{"--name"},    std::string_view{"--app-id"}, std::string_view{"--scope"},
    std::string_view{"--profile"}, std::string_view{"--reason"},
};

constexpr std::size_t kHelpColumn = 26;

// The subcommands of one parser, and where each puts its values.
class Parser {
  public:
    Parser();

    std::expected<Command, Answer> parse(std::vector<std::string> own,
                                         std::vector<std::string> program);

  private:
    CLI::App* add(const char* name, const char* arguments, const char* description);
    bool has_command(const std::string& name) const;
    void add_reading_commands();
    void add_starting_commands();
    void add_changing_commands();
    void add_json(CLI::App* command, bool& json);
    static std::expected<Command, Answer> with_program(auto command,
                                                       std::vector<std::string> program);
    std::expected<Command, Answer> chosen(std::vector<std::string> program) const;

    CLI::App app_{std::string{kDescription}, "gamesched"};
    StatusCommand status_;
    GamesCommand games_;
    RunCommand run_;
    HoldCommand hold_;
    RegisterCommand register_;
    UnregisterCommand unregister_;
    ModeCommand mode_;
    EventsCommand events_;
    StatsCommand stats_;
    TopCommand top_;
    ReportCommand report_;
    TuneCommand tune_;
    ProfileCommand profile_;
    ExplainCommand explain_;
    WhyCommand why_;
    DoctorCommand doctor_;
};

Answer wrong_usage(std::string_view what) {
    return {kExitUsage, std::format("gamesched: {}\nTry \"gamesched --help\".", printable(what))};
}

// CLI11 by itself takes 010 for 8.
CLI::Validator pid_check() {
    return {[](const std::string& text) {
                pid_t value = 0;
                const auto [end, error] =
                    std::from_chars(text.data(), text.data() + text.size(), value);
                const bool whole = error == std::errc() && end == text.data() + text.size();
                return whole && value > 0 && !text.starts_with('0')
                           ? ""
                           : std::format("\"{}\" is not a PID", text);
            },
            ""};
}

// CLI::Range takes what is not a number for one within.
CLI::Validator interval_check() {
    return {[](const std::string& text) {
                double value = 0;
                const auto [end, error] =
                    std::from_chars(text.data(), text.data() + text.size(), value);
                const bool whole = error == std::errc() && end == text.data() + text.size();
                return whole && value >= 0.1 && value <= 60
                           ? ""
                           : std::format("\"{}\" is not a number from 0.1 to 60", text);
            },
            ""};
}

Parser::Parser() {
    app_.set_version_flag("--version", "gamesched " GAMESCHED_VERSION, "Prints the version");
    app_.set_help_flag("-h,--help", "Prints this help");
    app_.require_subcommand(1);
    app_.get_formatter()->column_width(kHelpColumn);
    add_reading_commands();
    add_starting_commands();
    add_changing_commands();
    // Last, because commands inherit both when they are added.
    app_.usage("Usage: gamesched [--help] [--version] COMMAND ...");
    app_.footer(std::string{kFooter});
}

CLI::App* Parser::add(const char* name, const char* arguments, const char* description) {
    return app_.add_subcommand(name, description)
        ->usage(std::format("Usage: gamesched {} {}", name, arguments))
        ->group("Commands");
}

void Parser::add_json(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Prints JSON");
}

bool Parser::has_command(const std::string& name) const {
    return !app_.get_subcommands(
                    [&](const CLI::App* command) { return command->get_name() == name; })
                .empty();
}

void Parser::add_reading_commands() {
    auto* status =
        add("status", "[--all] [--json]", "Shows gaming mode, scheduler, games and holds.");
    status->add_flag("--all", status_.all,
                     "Shows the features that work, too, not only the others");
    add_json(status, status_.json);

    auto* explain =
        add("explain", "[--thread] [--json] PID|TID",
            "Shows how the scheduler treats a process's threads or one thread, and why.");
    explain->add_option("ID", explain_.id, "The process or thread")
        ->option_text(" ")
        ->required()
        ->check(pid_check());
    explain->add_flag("--thread", explain_.one_thread,
                      "It is a thread, also where a process has the same number");
    add_json(explain, explain_.json);

    auto* games = add("games", "[--why] [--json]", "Lists the running games.");
    games->add_flag("--why", games_.why, "Shows why each is taken for a game");
    add_json(games, games_.json);

    auto* why =
        add("why", "[--json] PID", "Shows why a process is taken for a game, or why it is not.");
    why->add_option("PID", why_.pid, "The process")
        ->option_text(" ")
        ->required()
        ->check(pid_check());
    add_json(why, why_.json);

    add_json(add("doctor", "[--json]",
                 "Says what works on this machine, what does not, and what to do."),
             doctor_.json);

    auto* events =
        add("events", "[--json]", "Prints what happens, line by line, until interrupted.");
    events->add_flag("--json", events_.json, "Prints one JSON object per line");

    auto* stats = add("stats", "[--game GAME | --watch [SECONDS] | --prometheus] [--json]",
                      "Prints the counters of service and scheduler, and how long threads waited.");
    add_json(stats, stats_.json);
    auto* game = stats->add_option("--game", stats_.game, "Only the game of that PID or name")
                     ->option_text("GAME");
    auto* watch = stats
                      ->add_option("--watch", stats_.watch_seconds,
                                   "Again and again, until interrupted: every SECONDS, 0.1 to 60; "
                                   "default: 1")
                      ->option_text("[SECONDS]")
                      ->expected(0, 1)
                      ->default_str("1")
                      ->check(interval_check())
                      ->excludes(game);
    stats->add_flag("--prometheus", stats_.prometheus, "In the text format of Prometheus")
        ->excludes("--json")
        ->excludes(game)
        ->excludes(watch);

    auto* top = add("top", "[--interval SECONDS] [--once]",
                    "Shows games, waits and counters in the whole terminal, until q is pressed.");
    top->add_option("--interval", top_.interval_seconds,
                    "How often there are new figures: 0.1 to 60; default: 1")
        ->option_text("SECONDS")
        ->check(interval_check());
    top->add_flag("--once", top_.once, "Prints it as text after one interval, without a terminal");

    auto* report = add("report", "[--json | --html FILE] [GAME] | --list [--json]",
                       "Shows how a game that has ended was scheduled.");
    auto* ended =
        report
            ->add_option("GAME", report_.game,
                         "\"last\" (the default), a number of the list, or a part of the name")
            ->option_text(" ");
    add_json(report, report_.json);
    auto* list =
        report->add_flag("--list", report_.list, "Lists all that are remembered")->excludes(ended);
    report->add_option("--html", report_.html, "Writes a page for a browser")
        ->option_text("FILE")
        ->excludes(list)
        ->excludes("--json");
}

void Parser::add_starting_commands() {
    auto* run =
        add("run", "[--name NAME] [--app-id ID] [--scope SCOPE] [--profile NAME] [--] CMD [ARG...]",
            "Runs CMD as a game: CMD replaces gamesched in the same process.");
    run->add_option("--name", run_.name,
                    "What people call the game; default: what is found, or the name\nof CMD")
        ->option_text("NAME");
    run->add_option("--app-id", run_.app_id,
                    "The launcher's identifier; default: $SteamAppId if it is set")
        ->option_text("ID");
    run->add_option("--scope", run_.scope,
                    "A game until CMD and all that it starts are gone: tree (default), or\n"
                    "until CMD is gone: process")
        ->option_text("SCOPE")
        ->check(CLI::IsMember({"tree", "process"}));
    run->add_option("--profile", run_.profile, "The profile in force while the game runs")
        ->option_text("NAME");
    run->footer(
        "CMD keeps its PID, exit status, signals, standard streams and environment. If the "
        "service\n"
        "is missing or refuses, CMD runs without gaming mode and a line on stderr says so.\n\n"
        "Examples:\n"
        "  gamesched run %command%\n"
        "  gamesched run --name \"Space Game\" -- ./space.sh --windowed");

    auto* hold = add("hold", "[--reason REASON] [--app-id ID] [--] CMD [ARG...]",
                     "Keeps gaming mode on while CMD runs, without making it a game.");
    hold->add_option("--reason", hold_.reason, "Why, for people; default: that CMD runs")
        ->option_text("REASON");
    hold->add_option("--app-id", hold_.app_id, "Who wants it; default: gamesched")
        ->option_text("ID");
    hold->footer(
        "SIGINT, SIGTERM, SIGHUP and SIGQUIT are passed on to CMD. A change of the mode ends the\n"
        "hold, but not CMD.\n\n"
        "Examples:\n"
        "  gamesched hold --reason \"recording\" -- obs --startrecording");
}

void Parser::add_changing_commands() {
    auto* registration =
        add("register",
            "[--name NAME] [--app-id ID] [--scope SCOPE] [--profile NAME]\n        [--json] PID",
            "Makes a running process, with all that it forks, a game.");
    registration->add_option("PID", register_.pid, "The process")
        ->option_text(" ")
        ->required()
        ->check(pid_check());
    registration
        ->add_option(
            "--name", register_.name,
            "What people call the game; default: what is found, or the name\nof the process")
        ->option_text("NAME");
    registration->add_option("--app-id", register_.app_id, "The launcher's identifier")
        ->option_text("ID");
    registration
        ->add_option("--scope", register_.scope,
                     "A game until the process is gone: process (default), or\n"
                     "until it and all that it started are gone: tree")
        ->option_text("SCOPE")
        ->check(CLI::IsMember({"tree", "process"}));
    registration
        ->add_option("--profile", register_.profile, "The profile in force while the game runs")
        ->option_text("NAME");
    add_json(registration, register_.json);

    auto* unregistration =
        add("unregister", "PID", "Ends a game for gamesched; its processes go on.");
    unregistration->add_option("PID", unregister_.pid, "The PID that \"gamesched games\" shows")
        ->option_text(" ")
        ->required()
        ->check(pid_check());

    auto* mode = add("mode", "[--json] [auto|on|off]",
                     "Prints the mode, or sets it, which cancels all holds.");
    mode->add_option("MODE", mode_.mode,
                     "auto: gaming mode while there is a game or a hold; on: always; off: never")
        ->option_text(" ")
        ->check(CLI::IsMember({"auto", "on", "off"}));
    add_json(mode, mode_.json);

    auto* profile = add("profile", "[--json] [NAME]",
                        "Lists the profiles and the one in force, or chooses one.");
    profile->add_option("NAME", profile_.name, "A profile; \"\": that of the configuration")
        ->option_text(" ");
    profile->footer("The profile that a running game names (run --profile) goes before it.");
    add_json(profile, profile_.json);

    auto* tune = add("tune", "[--json] [NAME [VALUE]]",
                     "Lists the scheduler's tunables, shows one or sets it at once.");
    tune->add_option("NAME", tune_.name, "A tunable; default: all")->option_text(" ");
    tune->add_option(
            "VALUE", tune_.value,
            "Its new value, in force until the service restarts or reloads its\nconfiguration or "
            "the profile changes")
        ->option_text(" ");
    add_json(tune, tune_.json);

    add("reload", "", "Makes the service read its configuration again.");
    add("restart", "", "Attaches the scheduler afresh and forgets why it was ejected.");
}

std::expected<Command, Answer> Parser::parse(std::vector<std::string> own,
                                             std::vector<std::string> program) {
    const std::string first = own.front();
    if (!first.starts_with('-') && !has_command(first))
        return std::unexpected{wrong_usage(std::format("there is no command \"{}\"", first))};
    try {
        std::ranges::reverse(own);  // CLI11 takes them from the back
        app_.parse(std::move(own));
    } catch (const CLI::CallForHelp&) {
        const auto commands = app_.get_subcommands();
        return std::unexpected{
            Answer{kExitOk, commands.empty() ? app_.help() : commands.front()->help()}};
    } catch (const CLI::CallForVersion& version) {
        return std::unexpected{Answer{kExitOk, version.what()}};
    } catch (const CLI::ParseError& error) {
        return std::unexpected{wrong_usage(error.what())};
    }
    return chosen(std::move(program));
}

std::expected<Command, Answer> Parser::with_program(auto command,
                                                    std::vector<std::string> program) {
    if (program.empty())
        return std::unexpected{wrong_usage("CMD is missing")};
    command.argv = std::move(program);
    return command;
}

std::expected<Command, Answer> Parser::chosen(std::vector<std::string> program) const {
    const std::string name = app_.get_subcommands().front()->get_name();
    if (name == "run")
        return with_program(run_, std::move(program));
    if (name == "hold")
        return with_program(hold_, std::move(program));
    if (name == "status")
        return status_;
    if (name == "games")
        return games_;
    if (name == "register")
        return register_;
    if (name == "unregister")
        return unregister_;
    if (name == "mode")
        return mode_;
    if (name == "events")
        return events_;
    if (name == "stats")
        return stats_;
    if (name == "top")
        return top_;
    if (name == "report")
        return report_;
    if (name == "tune")
        return tune_;
    if (name == "profile")
        return profile_;
    if (name == "explain")
        return explain_;
    if (name == "why")
        return why_;
    if (name == "doctor")
        return doctor_;
    if (name == "reload")
        return ReloadCommand{};
    return RestartCommand{};
}

}  // namespace

SplitArguments split_at_program(const std::vector<std::string>& arguments) {
    auto argument = arguments.begin();
    while (argument != arguments.end() && argument->starts_with('-') && *argument != "--") {
        const bool value_follows = std::ranges::contains(kOptionsWithValue, *argument);
        ++argument;
        if (value_follows && argument != arguments.end())
            ++argument;
    }
    SplitArguments split{.own{arguments.begin(), argument}};
    if (argument != arguments.end() && *argument == "--")
        ++argument;
    split.program.assign(argument, arguments.end());
    return split;
}

std::expected<Command, Answer> parse(const std::vector<std::string>& arguments) {
    if (arguments.empty())
        return std::unexpected{wrong_usage("a command is missing")};

    const std::string& command = arguments.front();
    if (command != "run" && command != "hold")
        return Parser{}.parse(arguments, {});
    SplitArguments split = split_at_program({arguments.begin() + 1, arguments.end()});
    split.own.insert(split.own.begin(), command);
    return Parser{}.parse(std::move(split.own), std::move(split.program));
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/diagnosis.h"

#include "desktop/client/text.h"

#include <algorithm>
#include <array>
#include <format>
#include <iterator>
#include <string_view>

namespace gamesched::client {
namespace {

constexpr char kOurScheduler[] = "gamesched";
constexpr char kOurHook[] = "gamesched-session";
constexpr char kTheirHook[] = "gamemoded";
constexpr char kMoreInJournal[] = "\"journalctl -u gameschedd\" says more";

// ---- the kernel

Finding sched_ext(const Facts& facts) {
    if (facts.kernel.has_sched_ext)
        return {Verdict::kOk, "sched-ext", std::format("kernel {} has it", facts.kernel.release)};
    return {Verdict::kBad, "sched-ext",
            std::format("kernel {} is built without it (CONFIG_SCHED_CLASS_EXT): games are found "
                        "and signalled, but scheduled as everything else",
                        facts.kernel.release),
            "boot a kernel that has it: 6.12 or later, with CONFIG_SCHED_CLASS_EXT"};
}

Finding btf(const Facts& facts) {
    if (facts.kernel.has_btf)
        return {Verdict::kOk, "btf", "the kernel describes its types"};
    return {Verdict::kBad, "btf",
            std::format("kernel {} does not describe its types (CONFIG_DEBUG_INFO_BTF): no BPF "
                        "program of gamesched can be loaded, and no game is found by itself",
                        facts.kernel.release),
            "boot a kernel with CONFIG_DEBUG_INFO_BTF"};
}

// ---- the service

Finding service(const Facts& facts) {
    const ServiceFacts& service = facts.service;
    if (service.problem)
        return {Verdict::kBad, "service", service.problem->what, service.problem->hint};
    if (service.manager.version != facts.version)
        return {Verdict::kWarn, "service",
                std::format("gameschedd {} runs, but this is gamesched {}", service.manager.version,
                            facts.version),
                "systemctl restart gameschedd"};
    if (!service.was_running)
        return {Verdict::kWarn, "service",
                "gameschedd did not run until this command made the bus start it: games are found "
                "by themselves only while it runs",
                "systemctl enable --now gameschedd"};
    return {Verdict::kOk, "service", std::format("gameschedd {} runs", service.manager.version)};
}

Finding mode(const ManagerView& manager) {
    if (manager.mode == "off")
        return {Verdict::kWarn, "mode", "gaming mode is switched off: no game gets it",
                "gamesched mode auto"};
    if (manager.mode == "on")
        return {Verdict::kNote, "mode", "gaming mode is on all the time, without games too",
                "gamesched mode auto"};
    return {Verdict::kOk, "mode", "gaming mode is on while there is a game or a hold"};
}

std::string with_reason(const SchedulerView& scheduler) {
    return scheduler.reason.empty() ? scheduler.state
                                    : std::format("{}: {}", scheduler.state, scheduler.reason);
}

Finding scheduler(const SchedulerView& scheduler) {
    if (scheduler.state == "unsupported")
        return {Verdict::kBad, "scheduler", with_reason(scheduler),
                "boot another kernel; gameschedd(8) says what it needs"};
    if (scheduler.state == "ejected")
        return {Verdict::kBad, "scheduler", with_reason(scheduler),
                std::format("gamesched restart tries again; {}", kMoreInJournal)};
    if (scheduler.state == "foreign")
        return {Verdict::kBad, "scheduler", "waits until the other scheduler has gone",
                "see other-scheduler"};
    if (scheduler.trips != 0)
        return {Verdict::kWarn, "scheduler",
                std::format("{}, but it has been removed {} {}", scheduler.state, scheduler.trips,
                            scheduler.trips == 1 ? "time" : "times"),
                std::string{kMoreInJournal}};
    return {Verdict::kOk, "scheduler", with_reason(scheduler)};
}

struct FeatureRemedy {
    std::string_view feature;
    std::string_view remedy;
};

// Without these, games are lost and not only served less well.
constexpr std::array kImportantFeatures{
    FeatureRemedy{"process-events", kMoreInJournal},
    FeatureRemedy{
        "detection",
        "start games with \"gamesched run\"; [detection] in /etc/gamesched/gamesched.toml "
        "is the switch"},
};

Finding missing_feature(const FeatureView& feature) {
    const auto important =
        std::ranges::find(kImportantFeatures, feature.name, &FeatureRemedy::feature);
    Finding finding{Verdict::kNote, "feature-" + feature.name, feature.reason};
    if (important != kImportantFeatures.end()) {
        finding.verdict = Verdict::kWarn;
        finding.remedy = important->remedy;
    }
    return finding;
}

// Where the scheduler cannot run, all its features are missing for the reason that it names itself.
Findings features(const ManagerView& manager, const SchedulerView& scheduler) {
    std::size_t working = 0;
    Findings missing;
    for (const FeatureView& feature : manager.features) {
        if (feature.works)
            ++working;
        else if (scheduler.state != "unsupported" || feature.reason != scheduler.reason)
            missing.push_back(missing_feature(feature));
    }
    missing.insert(
        missing.begin(),
        {Verdict::kOk, "features", std::format("{} of {} work", working, manager.features.size())});
    return missing;
}

Findings service_state(const Facts& facts) {
    const ServiceFacts& service = facts.service;
    if (service.problem)
        return {};
    Findings findings{mode(service.manager), scheduler(service.scheduler)};
    std::ranges::move(features(service.manager, service.scheduler), std::back_inserter(findings));
    return findings;
}

// ---- who may

Finding polkit(const PolkitFacts& polkit) {
    if (!polkit.name.is_owned && !polkit.name.is_activatable)
        return {Verdict::kBad, "polkit",
                "is neither running nor started by the bus: only root may register games and take "
                "holds",
                "install polkit"};
    if (!polkit.error.empty())
        return {Verdict::kBad, "polkit",
                std::format("does not know gamesched's actions or cannot answer: {}", polkit.error),
                "see that /usr/share/polkit-1/actions/org.gamesched1.policy is installed"};
    return {Verdict::kOk, "polkit", "answers"};
}

std::string why_no_permission(const LoginFacts& login) {
    if (login.session.empty())
        return "it belongs to no login session";
    if (login.is_remote)
        return std::format("its session {} comes from another machine", login.session);
    if (!login.has_seat)
        return std::format("its session {} is at no seat", login.session);
    if (!login.is_active)
        return std::format("its session {} is not the active one", login.session);
    return std::format("although its session {} is active and local", login.session);
}

bool is_active_and_local(const LoginFacts& login) {
    return !login.session.empty() && !login.is_remote && login.has_seat && login.is_active;
}

Finding no_permission(const char* what, const LoginFacts& login) {
    return {Verdict::kWarn, "permission", std::format("{}: {}", what, why_no_permission(login)),
            is_active_and_local(login)
                ? "a rule of this machine's polkit says so; see polkit(8)"
                : "start games in the session at the screen; elsewhere as root"};
}

// Nothing where polkit has not answered.
Findings permission(const PolkitFacts& polkit, const LoginFacts& login, bool is_root) {
    if (is_root)
        return {{Verdict::kOk, "permission", "root may do everything"}};
    switch (polkit.permission) {
        case Permission::kGranted:
            return {{Verdict::kOk, "permission",
                     std::format(
                         "this process may register games and take holds without a "
                         "password{}",
                         is_active_and_local(login)
                             ? std::format(": its session {} is active and local", login.session)
                             : "")}};
        case Permission::kPassword:
            return {no_permission("this process may register games with a password only", login)};
        case Permission::kRefused:
            return {no_permission("this process may not register games", login)};
        case Permission::kUnknown:
            return {};
    }
    return {};
}

// ---- GameMode's clients

Finding owned_hook(const NameFacts& name) {
    if (is_name_of(name.owner, kOurHook))
        return {Verdict::kOk, "gamemode", "games that ask for GameMode reach gamesched-session"};
    if (name.owner.empty())
        return {Verdict::kNote, "gamemode",
                "somebody answers to GameMode's name; who, cannot be seen from here"};
    Finding finding{Verdict::kWarn, "gamemode",
                    std::format("games that ask for GameMode reach {}, which does not tell "
                                "gamesched",
                                name.owner)};
    if (is_name_of(name.owner, kTheirHook))
        finding.remedy = "systemctl --user disable --now gamemoded";
    return finding;
}

Finding started_hook(const std::string& program) {
    if (program == kOurHook)
        return {Verdict::kOk, "gamemode",
                "games that ask for GameMode make the bus start gamesched-session"};
    if (program.empty())
        return {Verdict::kNote, "gamemode",
                "the bus starts somebody for GameMode's name; whom, cannot be seen from here"};
    return {Verdict::kWarn, "gamemode",
            std::format("games that ask for GameMode make the bus start {}, which does not tell "
                        "gamesched",
                        program),
            "put gamesched's com.feralinteractive.GameMode.service into "
            "~/.local/share/dbus-1/services, or remove the other one's package"};
}

Finding gamemode(const SessionBusFacts& bus) {
    if (bus.gamemode.is_owned)
        return owned_hook(bus.gamemode);
    if (bus.gamemode.is_activatable)
        return started_hook(bus.gamemode_program);
    return {Verdict::kWarn, "gamemode",
            "nobody answers to GameMode's name: games and launchers that ask for it get nothing",
            "install gamesched-session with its service file for the session bus"};
}

Finding libgamemode(bool is_there) {
    if (is_there)
        return {Verdict::kNote, "libgamemode", "is there: games that look for it find it"};
    return {Verdict::kNote, "libgamemode",
            "is not there: games and gamemoderun cannot ask for GameMode; \"gamesched run\" does "
            "not need it",
            "install your distribution's libgamemode (libgamemode0, gamemode)"};
}

Finding portal(const SessionBusFacts& bus) {
    if (bus.gamemode_portal)
        return {Verdict::kOk, "portal",
                std::format("passes games in Flatpak on (GameMode's portal, version {})",
                            *bus.gamemode_portal)};
    if (bus.portal.is_owned)
        return {Verdict::kWarn, "portal",
                "runs, but without GameMode's interface: games in Flatpak cannot ask for it",
                "update xdg-desktop-portal"};
    if (bus.portal.is_activatable)
        return {Verdict::kNote, "portal", "does not run; Flatpak makes the bus start it"};
    return {Verdict::kNote, "portal",
            "is not installed: games in Flatpak cannot ask for GameMode, but may be found"};
}

Findings session_bus(const Facts& facts) {
    if (!facts.session_bus)
        return {{Verdict::kNote, "session-bus",
                 "there is none here: GameMode's hook and Flatpak's portal cannot be looked at",
                 "run this as the user who plays, in the session at the screen"},
                libgamemode(facts.has_libgamemode)};
    return {gamemode(*facts.session_bus), libgamemode(facts.has_libgamemode),
            portal(*facts.session_bus)};
}

// ---- what else steers

bool is_scheduler(const RivalProcess& process) {
    return process.name.starts_with("scx_") && process.name != "scx_loader";
}

Findings other_scheduler(const Facts& facts) {
    const std::string& ops = facts.kernel.ops;
    if (!facts.kernel.has_sched_ext)
        return {};
    if (ops.empty() || ops == kOurScheduler)
        return {{Verdict::kOk, "other-scheduler", "no other sched_ext scheduler is attached"}};
    const auto process = std::ranges::find_if(facts.rivals, is_scheduler);
    return {{Verdict::kBad, "other-scheduler",
             std::format("the sched_ext scheduler \"{}\" is attached; the kernel has room for one",
                         ops),
             process != facts.rivals.end()
                 ? end_command(*process)
                 : "end the program that attached it; \"bpftool struct_ops show\", as root, lists "
                   "what is attached"}};
}

// GameMode's service is named once where it has the name.
bool is_named_already(const RivalProcess& process, const Facts& facts) {
    return is_name_of(process.name, kTheirHook) && facts.session_bus &&
           facts.session_bus->gamemode.owner == process.name;
}

Findings rivals(const Facts& facts) {
    Findings findings;
    for (const RivalProcess& process : facts.rivals) {
        if (is_named_already(process, facts))
            continue;
        const bool has_full_name = is_name_of(process.name, process.rival->program);
        findings.push_back({process.rival->works_against_us ? Verdict::kWarn : Verdict::kNote,
                            has_full_name ? std::string{process.rival->program} : process.name,
                            std::format("process {} {}", process.pid, process.rival->conflict),
                            end_command(process)});
    }
    if (!facts.sees_all_processes)
        findings.push_back({Verdict::kNote, "processes",
                            "those of other users are hidden here: what else steers scheduling "
                            "cannot be seen",
                            "run this as root as well"});
    else if (findings.empty())
        findings.push_back({Verdict::kOk, "processes",
                            "nothing that is known to steer scheduling runs beside it"});
    return findings;
}

Finding power_profiles(const NameFacts& name) {
    if (name.is_owned)
        return {Verdict::kNote, "power-profiles",
                std::format("{} keeps the power profile",
                            name.owner.empty() ? "a service" : name.owner)};
    if (name.is_activatable)
        return {Verdict::kNote, "power-profiles", "a service for them is started when asked for"};
    return {Verdict::kNote, "power-profiles", "there is no service for them"};
}

// ---- the page

struct Label {
    const char* word;
    Emphasis::Function Emphasis::* emphasis;  // null: none
};

Label label(Verdict verdict) {
    switch (verdict) {
        case Verdict::kOk:
            return {"ok", &Emphasis::good};
        case Verdict::kNote:
            return {"note", nullptr};
        case Verdict::kWarn:
            return {"warn", &Emphasis::warning};
        case Verdict::kBad:
            return {"bad", &Emphasis::bad};
    }
    return {"", nullptr};
}

constexpr std::size_t kVerdictWidth = 6;

std::string emphasised(Verdict verdict, const Emphasis& emphasis) {
    const auto [word, member] = label(verdict);
    const std::string padding(kVerdictWidth - std::string_view{word}.size(), ' ');
    return (member == nullptr ? std::string{word} : (emphasis.*member)(word)) + padding;
}

std::ptrdiff_t count(const Findings& findings, Verdict verdict) {
    return std::ranges::count(findings, verdict, &Finding::verdict);
}

}  // namespace

Findings diagnose(const Facts& facts) {
    Findings findings;
    const auto add = [&](Findings more) { std::ranges::move(more, std::back_inserter(findings)); };
    add({sched_ext(facts), btf(facts), service(facts)});
    add(service_state(facts));
    add(other_scheduler(facts));
    add(rivals(facts));
    if (facts.system_bus) {
        add({polkit(facts.system_bus->polkit)});
        add(permission(facts.system_bus->polkit, facts.login, facts.is_root));
    }
    add(session_bus(facts));
    if (facts.system_bus)
        add({power_profiles(facts.system_bus->power_profiles)});
    return findings;
}

bool is_any_bad(const Findings& findings) {
    return count(findings, Verdict::kBad) != 0;
}

Lines findings_page(const Findings& findings, const Emphasis& emphasis) {
    std::size_t width = 0;
    for (const Finding& finding : findings)
        width = std::max(width, columns(finding.name));
    Lines lines;
    for (const Finding& finding : findings) {
        const std::string gap(width - columns(finding.name) + 2, ' ');
        lines.push_back(emphasised(finding.verdict, emphasis) + finding.name + gap + finding.what);
        if (!finding.remedy.empty())
            lines.push_back(std::string(kVerdictWidth + width + 2, ' ') + "→ " + finding.remedy);
    }
    lines.push_back("");
    lines.push_back(std::format("{} ok, {} to note, {} to look at, {} bad",
                                count(findings, Verdict::kOk), count(findings, Verdict::kNote),
                                count(findings, Verdict::kWarn), count(findings, Verdict::kBad)));
    return lines;
}

Json findings_json(const Findings& findings) {
    Json all = Json::array();
    for (const Finding& finding : findings)
        all.push_back({{"Verdict", label(finding.verdict).word},
                       {"Name", finding.name},
                       {"What", finding.what},
                       {"Remedy", finding.remedy}});
    return {{"Findings", std::move(all)}};
}

}  // namespace gamesched::client

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What doctor says of a machine: a healthy one, and each thing that can be wrong with it.

#include "desktop/client/diagnosis.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gamesched::client {
namespace {

// Everything as it should be, seen by a user in an active session.
Facts healthy() {
    return {
        .version = "1.2.3",
        .kernel = {.release = "7.3.4", .has_sched_ext = true, .has_btf = true},
        .service = {.was_running = true,
                    .manager = {.mode = "auto",
                                .version = "1.2.3",
                                .features = {{.name = "preemption", .works = true},
                                             {.name = "detection", .works = true}}},
                    .scheduler = {.state = "detached"}},
        .system_bus = SystemBusFacts{.polkit = {.name = {.is_owned = true, .owner = "polkitd"},
                                                .permission = Permission::kGranted},
                                     .power_profiles = {}},
        .login = {.session = "2", .is_active = true, .has_seat = true},
        .session_bus = SessionBusFacts{.gamemode = {.is_activatable = true},
                                       .gamemode_program = "gamesched-session",
                                       .portal = {.is_owned = true},
                                       .gamemode_portal = 4},
        .has_libgamemode = true,
        .sees_all_processes = true,
    };
}

RivalProcess rival(const char* name, const char* unit = "") {
    return {.rival = find_rival(name), .pid = 42, .name = name, .unit = unit};
}

const Finding* find(const Findings& findings, const std::string& name) {
    const auto found = std::ranges::find(findings, name, &Finding::name);
    return found == findings.end() ? nullptr : &*found;
}

// The one finding of that name.
void expect(const Facts& facts, const std::string& name, Verdict verdict, const std::string& what,
            const std::string& remedy = "") {
    const Findings findings = diagnose(facts);
    ASSERT_EQ(std::ranges::count(findings, name, &Finding::name), 1) << name;
    const Finding& finding = *find(findings, name);
    EXPECT_EQ(finding.verdict, verdict) << finding.what;
    EXPECT_TRUE(finding.what.contains(what)) << finding.what;
    if (remedy.empty())
        EXPECT_EQ(finding.remedy, "") << finding.what;
    else
        EXPECT_TRUE(finding.remedy.contains(remedy)) << finding.remedy;
    EXPECT_EQ(is_any_bad(findings), verdict == Verdict::kBad) << finding.what;
}

void expect_none(const Facts& facts, const std::string& name) {
    const Finding* finding = find(diagnose(facts), name);
    EXPECT_EQ(finding, nullptr) << finding->what;
}

TEST(ClientDiagnosis, AHealthyMachineHasNothingToLookAt) {
    for (const Finding& finding : diagnose(healthy())) {
        EXPECT_TRUE(finding.verdict == Verdict::kOk || finding.verdict == Verdict::kNote)
            << finding.name << ": " << finding.what;
        EXPECT_EQ(finding.remedy, "") << finding.name;
    }
}

TEST(ClientDiagnosis, TheKernelIsNamedWhereItLacksSomething) {
    Facts facts = healthy();
    facts.kernel.has_btf = false;
    expect(facts, "btf", Verdict::kBad, "kernel 7.3.4", "CONFIG_DEBUG_INFO_BTF");
    facts = healthy();
    facts.kernel.has_sched_ext = false;
    expect(facts, "sched-ext", Verdict::kBad, "kernel 7.3.4 is built without",
           "CONFIG_SCHED_CLASS_EXT");
    expect_none(facts, "other-scheduler");
}

TEST(ClientDiagnosis, AServiceThatCannotBeAskedIsBadAndKeepsTheHint) {
    Facts facts = healthy();
    facts.service = {.problem = Problem{3, "it is masked", "unmask it"}};
    expect(facts, "service", Verdict::kBad, "it is masked", "unmask it");
    for (const char* name : {"mode", "scheduler", "features"})
        expect_none(facts, name);
}

TEST(ClientDiagnosis, TheServiceShouldRunBeforeItIsAsked) {
    Facts facts = healthy();
    facts.service.was_running = false;
    expect(facts, "service", Verdict::kWarn, "did not run", "systemctl enable --now gameschedd");
}

TEST(ClientDiagnosis, ServiceAndClientShouldBeOfOneVersion) {
    Facts facts = healthy();
    facts.service.manager.version = "1.2.2";
    expect(facts, "service", Verdict::kWarn, "gameschedd 1.2.2 runs, but this is gamesched 1.2.3",
           "systemctl restart gameschedd");
}

TEST(ClientDiagnosis, GamingModeShouldBeAutomatic) {
    Facts facts = healthy();
    expect(facts, "mode", Verdict::kOk, "while there is a game");
    facts.service.manager.mode = "off";
    expect(facts, "mode", Verdict::kWarn, "switched off", "gamesched mode auto");
    facts.service.manager.mode = "on";
    expect(facts, "mode", Verdict::kNote, "all the time", "gamesched mode auto");
}

TEST(ClientDiagnosis, TheSchedulersStateIsJudged) {
    Facts facts = healthy();
    SchedulerView& scheduler = facts.service.scheduler;
    for (const char* state : {"detached", "attaching", "attached"}) {
        scheduler.state = state;
        expect(facts, "scheduler", Verdict::kOk, state);
    }
    scheduler = {.state = "ejected", .reason = "a stall"};
    expect(facts, "scheduler", Verdict::kBad, "ejected: a stall", "gamesched restart");
    scheduler = {.state = "unsupported", .reason = "no kfuncs"};
    expect(facts, "scheduler", Verdict::kBad, "unsupported: no kfuncs", "another kernel");
    scheduler = {.state = "foreign", .reason = "other"};
    expect(facts, "scheduler", Verdict::kBad, "waits", "other-scheduler");
}

TEST(ClientDiagnosis, EarlierEjectionsAreNotForgotten) {
    Facts facts = healthy();
    facts.service.scheduler.trips = 1;
    expect(facts, "scheduler", Verdict::kWarn, "been removed 1 time", "journalctl");
    facts.service.scheduler.trips = 2;
    expect(facts, "scheduler", Verdict::kWarn, "been removed 2 times", "journalctl");
}

TEST(ClientDiagnosis, MissingFeaturesAreNotedWithTheirReasons) {
    Facts facts = healthy();
    facts.service.manager.features.push_back({.name = "cpu-max", .reason = "the kernel's limit"});
    expect(facts, "features", Verdict::kOk, "2 of 3 work");
    expect(facts, "feature-cpu-max", Verdict::kNote, "the kernel's limit");
    expect_none(facts, "feature-preemption");
}

TEST(ClientDiagnosis, WithoutDetectionGamesHaveToSaySo) {
    Facts facts = healthy();
    facts.service.manager.features = {{.name = "detection", .reason = "switched off"},
                                      {.name = "process-events", .reason = "no rights"}};
    expect(facts, "feature-detection", Verdict::kWarn, "switched off", "gamesched run");
    expect(facts, "feature-process-events", Verdict::kWarn, "no rights", "journalctl");
}

TEST(ClientDiagnosis, WhatAnUnsupportedKernelLacksIsSaidOnce) {
    Facts facts = healthy();
    facts.service.scheduler = {.state = "unsupported", .reason = "no sched_ext"};
    facts.service.manager.features = {{.name = "preemption", .reason = "no sched_ext"},
                                      {.name = "gpu-evidence", .reason = "no DRM"}};
    expect_none(facts, "feature-preemption");
    ASSERT_NE(find(diagnose(facts), "feature-gpu-evidence"), nullptr);
}

TEST(ClientDiagnosis, AnotherSchedulerIsNamedWithWhatEndsIt) {
    Facts facts = healthy();
    facts.kernel.ops = "gamesched";
    expect(facts, "other-scheduler", Verdict::kOk, "no other");
    facts.kernel.ops = "lavd_1.0";
    expect(facts, "other-scheduler", Verdict::kBad, "\"lavd_1.0\" is attached", "bpftool");
    facts.rivals = {rival("scx_loader", "scx_loader.service"),
                    rival("scx_lavd", "scx_loader.service")};
    expect(facts, "other-scheduler", Verdict::kBad, "\"lavd_1.0\" is attached",
           "systemctl disable --now scx_loader.service");
    facts.rivals = {rival("scx_lavd")};
    expect(facts, "other-scheduler", Verdict::kBad, "\"lavd_1.0\" is attached", "kill 42");
}

TEST(ClientDiagnosis, WhatElseSteersSchedulingIsNamedWithItsConflictAndItsEnd) {
    Facts facts = healthy();
    expect(facts, "processes", Verdict::kOk, "nothing");
    facts.rivals = {rival("ananicy-cpp", "ananicy-cpp.service")};
    expect(facts, "ananicy-cpp", Verdict::kWarn, "process 42 sets nice values",
           "systemctl disable --now ananicy-cpp.service");
    expect_none(facts, "processes");
    facts.rivals = {rival("system76-schedu")};
    expect(facts, "system76-scheduler", Verdict::kWarn, "sets nice values", "kill 42");
    facts.rivals = {rival("scx_bpfland")};
    expect(facts, "scx_bpfland", Verdict::kWarn, "another sched_ext scheduler", "kill 42");
    facts.rivals = {rival("falcond")};
    expect(facts, "falcond", Verdict::kWarn, "power profile", "kill 42");
    facts.rivals = {rival("scx_loader")};
    expect(facts, "scx_loader", Verdict::kNote, "when asked", "kill 42");
    facts.rivals = {rival("uresourced")};
    expect(facts, "uresourced", Verdict::kNote, "weight", "kill 42");
}

TEST(ClientDiagnosis, HiddenProcessesAreSaidToBeHidden) {
    Facts facts = healthy();
    facts.sees_all_processes = false;
    expect(facts, "processes", Verdict::kNote, "hidden", "as root");
}

TEST(ClientDiagnosis, WithoutPolkitOnlyRootMay) {
    Facts facts = healthy();
    facts.system_bus->polkit = {};
    expect(facts, "polkit", Verdict::kBad, "only root", "install polkit");
    expect_none(facts, "permission");
    facts.system_bus->polkit = {.name = {.is_activatable = true}, .error = "not registered"};
    expect(facts, "polkit", Verdict::kBad, "not registered", "org.gamesched1.policy");
    facts.system_bus.reset();
    for (const char* name : {"polkit", "permission", "power-profiles"})
        expect_none(facts, name);
}

TEST(ClientDiagnosis, APolkitThatIsStartedWhenAskedIsGood) {
    Facts facts = healthy();
    facts.system_bus->polkit.name = {.is_activatable = true};
    expect(facts, "polkit", Verdict::kOk, "answers");
}

TEST(ClientDiagnosis, PermissionIsPolkitsAnswerAndTheSessionTheReason) {
    Facts facts = healthy();
    expect(facts, "permission", Verdict::kOk,
           "without a password: its session 2 is active and local");
    facts.login.is_remote = true;
    expect(facts, "permission", Verdict::kOk, "without a password");
    facts.login.is_remote = false;
    facts.system_bus->polkit.permission = Permission::kPassword;
    expect(facts, "permission", Verdict::kWarn, "with a password only", "polkit(8)");
    facts.system_bus->polkit.permission = Permission::kRefused;
    expect(facts, "permission", Verdict::kWarn, "although its session 2 is active", "polkit(8)");
    facts.login.is_active = false;
    expect(facts, "permission", Verdict::kWarn, "not the active one", "at the screen");
    facts.login.has_seat = false;
    expect(facts, "permission", Verdict::kWarn, "at no seat", "at the screen");
    facts.login.is_remote = true;
    expect(facts, "permission", Verdict::kWarn, "from another machine", "at the screen");
    facts.login = {};
    expect(facts, "permission", Verdict::kWarn, "no login session", "at the screen");
    facts.is_root = true;
    expect(facts, "permission", Verdict::kOk, "root");
}

TEST(ClientDiagnosis, TheOwnerOfGameModesNameIsJudged) {
    Facts facts = healthy();
    expect(facts, "gamemode", Verdict::kOk, "start gamesched-session");
    NameFacts& name = facts.session_bus->gamemode;
    name = {.is_owned = true, .owner = "gamesched-sessi"};
    expect(facts, "gamemode", Verdict::kOk, "reach gamesched-session");
    name = {.is_owned = true, .owner = "gamemoded"};
    expect(facts, "gamemode", Verdict::kWarn, "reach gamemoded",
           "systemctl --user disable --now gamemoded");
    name = {.is_owned = true, .owner = "somebody"};
    expect(facts, "gamemode", Verdict::kWarn, "reach somebody");
    name = {.is_owned = true};
    expect(facts, "gamemode", Verdict::kNote, "cannot be seen");
}

TEST(ClientDiagnosis, WhatTheBusWouldStartForGameModesNameIsJudged) {
    Facts facts = healthy();
    facts.session_bus->gamemode_program = "gamemoded";
    expect(facts, "gamemode", Verdict::kWarn, "make the bus start gamemoded", "dbus-1/services");
    facts.session_bus->gamemode_program = "";
    expect(facts, "gamemode", Verdict::kNote, "cannot be seen");
    facts.session_bus->gamemode = {};
    expect(facts, "gamemode", Verdict::kWarn, "nobody answers", "gamesched-session");
}

TEST(ClientDiagnosis, GameModesServiceIsNamedOnce) {
    Facts facts = healthy();
    facts.rivals = {rival("gamemoded")};
    expect(facts, "gamemoded", Verdict::kWarn, "not told to gamesched", "kill 42");
    facts.session_bus->gamemode = {.is_owned = true, .owner = "gamemoded"};
    expect_none(facts, "gamemoded");
    facts.session_bus.reset();
    ASSERT_NE(find(diagnose(facts), "gamemoded"), nullptr);
}

TEST(ClientDiagnosis, LibgamemodeIsANote) {
    Facts facts = healthy();
    expect(facts, "libgamemode", Verdict::kNote, "is there");
    facts.has_libgamemode = false;
    expect(facts, "libgamemode", Verdict::kNote, "is not there", "libgamemode0");
}

TEST(ClientDiagnosis, ThePortalIsNeededForFlatpakOnly) {
    Facts facts = healthy();
    expect(facts, "portal", Verdict::kOk, "version 4");
    facts.session_bus->gamemode_portal.reset();
    expect(facts, "portal", Verdict::kWarn, "without GameMode's interface", "update");
    facts.session_bus->portal = {.is_activatable = true};
    expect(facts, "portal", Verdict::kNote, "does not run");
    facts.session_bus->portal = {};
    expect(facts, "portal", Verdict::kNote, "not installed");
}

TEST(ClientDiagnosis, WithoutASessionBusItIsSaidWhatWasNotLookedAt) {
    Facts facts = healthy();
    facts.session_bus.reset();
    expect(facts, "session-bus", Verdict::kNote, "cannot be looked at", "as the user who plays");
    for (const char* name : {"gamemode", "portal"})
        expect_none(facts, name);
}

TEST(ClientDiagnosis, WhoKeepsThePowerProfileIsANote) {
    Facts facts = healthy();
    expect(facts, "power-profiles", Verdict::kNote, "no service");
    facts.system_bus->power_profiles = {.is_activatable = true};
    expect(facts, "power-profiles", Verdict::kNote, "started when asked");
    facts.system_bus->power_profiles = {.is_owned = true, .owner = "tuned-ppd"};
    expect(facts, "power-profiles", Verdict::kNote, "tuned-ppd keeps");
}

const Findings kOfEachKind{{Verdict::kOk, "fine", "it works"},
                           {Verdict::kNote, "known", "it is so"},
                           {Verdict::kWarn, "odd", "it could be better", "do this"},
                           {Verdict::kBad, "broken", "it does not work", "do that"}};

TEST(ClientDiagnosis, ThePageHasALineForEachAndItsRemedyBelow) {
    const Emphasis emphasis{
        .good = [](const std::string& text) { return "<" + text + ">"; },
        .warning = [](const std::string& text) { return "?" + text + "?"; },
        .bad = [](const std::string& text) { return "!" + text + "!"; },
    };
    EXPECT_EQ(findings_page(kOfEachKind, emphasis),
              (Lines{"<ok>    fine    it works",            //
                     "note  known   it is so",              //
                     "?warn?  odd     it could be better",  //
                     "              → do this",             //
                     "!bad!   broken  it does not work",    //
                     "              → do that",             //
                     "",                                    //
                     "1 ok, 1 to note, 1 to look at, 1 bad"}));
}

TEST(ClientDiagnosis, TheJsonHasTheSame) {
    const Json json = findings_json(kOfEachKind);
    ASSERT_EQ(json["Findings"].size(), 4u);
    EXPECT_EQ(json_line(json["Findings"][2]),
              R"({"Verdict":"warn","Name":"odd","What":"it could be better","Remedy":"do this"})");
    EXPECT_EQ(json["Findings"][0]["Remedy"], "");
    EXPECT_EQ(json["Findings"][1]["Verdict"], "note");
    EXPECT_EQ(json["Findings"][3]["Verdict"], "bad");
}

}  // namespace
}  // namespace gamesched::client

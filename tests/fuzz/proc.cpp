// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the service reads below /proc and in the kernel's records, and what it makes of it. Input:
// any bytes; each parser gets all of them. As a row of processes they are fields that end with a 0:
// name, program and control group, then arguments as far as an empty one; the first process is the
// one that is asked about, the next one has started it, and so on.

#include "service/base/proc_text.h"
#include "service/base/process.h"
#include "service/base/record.h"
#include "service/bus/judgement.h"
#include "service/detection/judge.h"
#include "service/detection/launch.h"
#include "service/detection/look.h"
#include "service/detection/scope.h"
#include "service/scheduler/exit_record.h"
#include "tests/fuzz/fuzz.h"

namespace gamesched::fuzz {
namespace {

using Strings = std::vector<std::string>;

constexpr size_t kMaxComm = GS_COMM_LEN - 1;

void try_stat(const std::string& text) {
    for (const int number : {3, 4, 22, 52})
        stat_field(text, number);
    const std::string comm = text.substr(0, kMaxComm);
    std::string stat = std::format("7 ({}) S 42", comm);
    for (int field = 5; field <= 52; ++field)
        stat += std::format(" {}", field);
    expect(stat_field(stat, 4) == 42u && stat_field(stat, 22) == 22u,
           "a process's name does not change its parent or its start", comm);
    expect(!stat_field(stat, 53), "there is no field behind the last one", comm);
}

void try_status(const std::string& text) {
    for (const char* label : {"Tgid:", "Uid:", "Threads:", "VmRSS:"})
        status_field(text, label);
    // As the kernel writes the name.
    std::string comm;
    for (const char c : text.substr(0, kMaxComm))
        comm += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
    const std::string status = std::format("Name:\t{}\nTgid:\t7\nUid:\t1000\t0\t0\t0\n", comm);
    expect(status_field(status, "Uid:") == 1000u && status_field(status, "Tgid:") == 7u,
           "a process's name does not change its user", comm);
}

void try_arguments(const std::string& text) {
    std::string joined;
    for (const std::string& argument : split_arguments(text))
        joined += argument + '\0';
    expect(joined == text || joined == text + '\0', "arguments are all of the command line");
    constexpr const char* kNames[] = {"SteamAppId", "FLATPAK_ID"};
    for (const auto& [name, value] : variables_in(text, kNames)) {
        expect(name == kNames[0] || name == kNames[1], "no other variable is found", name);
        expect((text + '\0').contains(name + '=' + value + '\0'), "a variable is as it stands",
               value);
    }
}

void try_cgroup(const std::string& text) {
    const std::string path = unified_cgroup(text);
    expect(!path.contains('\n'), "a control group is one line", path);
    expect(path.empty() || text.contains("0::" + path), "a control group is as it stands", path);
    const std::string unit = last_component(text.substr(0, 255));  // NAME_MAX
    const auto dashes = static_cast<size_t>(std::ranges::count(unit, '-'));
    const Strings ids = entry_ids_of(unit);
    expect(ids.size() <= (dashes + 1) * (dashes + 1), "IDs are at most pairs of dashes", unit);
    for (const std::string& id : ids)
        expect(id.size() < unit.size(), "an ID is a part of the unit", id);
}

void try_printable(const std::string& text) {
    for (const size_t limit : {size_t{0}, size_t{1}, size_t{5}, size_t{256}}) {
        const std::string shown = printable(text, limit);
        expect_shown(shown, limit);
        expect(printable(shown, limit) == shown, "what is shown stays as it is", shown);
    }
    if (is_printable(text))
        expect(printable(text, text.size()) == text, "good text is not changed", text);
}

template <typename Record>
Record record_of(const std::string& text) {
    Record record = {};
    std::memcpy(&record, text.data(), std::min(text.size(), sizeof(record)));
    return record;
}

void try_records(const std::string& text) {
    const Strings arguments = arguments_of(record_of<gs_ev_launcher>(text));
    size_t bytes = 0;
    for (const std::string& argument : arguments)
        bytes += argument.size();
    expect(bytes <= GS_ARGS_LEN && arguments.size() <= GS_ARGS_LEN, "a record has no more bytes");
    expect(text_of(record_of<gs_ev_root_exec>(text).path).size() <= GS_PATH_LEN, "nor has a path");
    expect(text_of(record_of<gs_ev_candidate>(text).app_id).size() <= GS_APP_ID_LEN,
           "nor has an AppId");
    const ExitRecord end = exit_record_of(record_of<gs_ev_sched_exit>(text));
    expect_shown(end.reason, GS_EXIT_REASON_LEN);
    expect_shown(end.message, GS_EXIT_MSG_LEN);
}

std::vector<ProcessFacts> processes_in(const Strings& fields) {
    std::vector<ProcessFacts> processes;
    for (size_t at = 0; at < fields.size() && processes.size() <= kMaxAncestors; ++at) {
        const auto next = [&] { return at < fields.size() ? fields[at++] : std::string(); };
        ProcessFacts process;
        process.pid = static_cast<pid_t>(100 + processes.size());
        process.comm = next().substr(0, kMaxComm);
        process.executable = next();
        process.cgroup = next();
        for (; at < fields.size() && !fields[at].empty(); ++at)
            process.arguments.push_back(fields[at]);
        process.gpu = process.executable.size() % 2 == 1;
        process.threads = static_cast<uint32_t>(process.arguments.size());
        processes.push_back(std::move(process));
    }
    return processes;
}

DesktopEntries known_entries() {
    DesktopEntries entries;
    entries.add("org.example.Game", "[Desktop Entry]\nName=Game\nExec=tux %U\nCategories=Game;\n");
    entries.add("steam", "[Desktop Entry]\nName=Steam\nExec=steam %U\nCategories=Game;\n");
    return entries;
}

Rules known_rules() {
    Rules rules;
    expect(rules
               .add_toml("[[game]]\nexecutable = \"ruled*\"\nname = \"Ruled\"\n"
                         "[[game]]\npath = \"/opt/*/x\"\nignore = true\n",
                         "rules.toml")
               .has_value(),
           "the rules are right");
    return rules;
}

void try_judgement(const std::string& text) {
    static const DesktopEntries entries = known_entries();
    static const Rules rules = known_rules();
    std::vector<ProcessFacts> processes = processes_in(split_arguments(text));
    if (processes.empty())
        return;
    Candidate candidate = {.self = processes.front(), .ancestors = {}};
    candidate.self.steam_app_id = candidate.self.comm;
    candidate.ancestors.assign(processes.begin() + 1, processes.end());
    const Judgement judgement = judge(candidate, {.entries = entries, .rules = rules});
    expect(judgement.pid == 100, "a judgement is about the process that was asked about");
    expect(judgement.root >= 100 && judgement.root < 100 + static_cast<pid_t>(processes.size()),
           "a tree begins with one of the processes");
    expect(judgement.verdict != Verdict::kGame || judgement.weight() >= Judgement::kEnough,
           "a game has evidence enough");
    expect(!judgement.ignored || judgement.verdict == Verdict::kNoGame,
           "what is ignored is no game");
    for (const auto& [key, value] : describe(judgement))
        if (value.containsValueOfType<std::string>())
            expect_shown(value.get<std::string>(), 512);
    for (const auto& evidence : evidence_of(judgement))
        expect_shown(evidence.get<1>(), 512);
    for (const ProcessFacts& process : processes)
        if (const auto launch = judge_launcher(process.arguments))
            expect(!launch->app_id.empty(), "a launch has an AppId");
}

void try_text(const std::string& text) {
    try_stat(text);
    try_status(text);
    try_arguments(text);
    try_cgroup(text);
    try_printable(text);
    try_records(text);
    try_judgement(text);
}

}  // namespace
}  // namespace gamesched::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    gamesched::fuzz::try_text({reinterpret_cast<const char*>(data), size});
    return 0;
}

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Rules about games. Input: the text of a file in games.d.

#include "service/detection/rules.h"
#include "service/bus/judgement.h"
#include "service/detection/judge.h"
#include "tests/fuzz/fuzz.h"

namespace gamesched::fuzz {
namespace {

constexpr char kFile[] = "rules.toml";
constexpr size_t kMaxMessage = 512;
constexpr size_t kMaxText = 256;

void expect_sane(const Rule& rule) {
    for (const std::string* text :
         {&rule.app_id, &rule.executable, &rule.path, &rule.cgroup, &rule.name, &rule.profile})
        expect(text->size() <= kMaxText, "a rule's texts are bounded", *text);
    expect(!rule.app_id.empty() || !rule.executable.empty() || !rule.path.empty() ||
               !rule.cgroup.empty(),
           "a rule says about which game it is");
    expect(rule.ignore || !rule.name.empty() || !rule.profile.empty(), "a rule sets something");
    expect(rule.place.starts_with(std::string(kFile) + ":"), "a rule knows its place", rule.place);
}

// A process about which every rule of plain words can be.
void try_rules(const Rules& rules) {
    const ProcessFacts process = {.pid = 7,
                                  .comm = "tux",
                                  .executable = "/opt/games/tux",
                                  .arguments = {"/opt/games/tux", "-x"},
                                  .steam_app_id = "620",
                                  .cgroup = "/user.slice/app-steam-app620-7.scope"};
    const DesktopEntries entries;
    const Judgement judgement =
        judge({.self = process, .ancestors = {}}, {.entries = entries, .rules = rules});
    const Rule* rule = rules.find({.app_id = "620",
                                   .executable = "tux",
                                   .path = "/opt/games/tux",
                                   .cgroup = "app-steam-app620-7.scope"});
    expect(!judgement.ignored || (rule && rule->ignore), "only a rule's word makes it ignored");
    expect(judgement.named_by_rule == (rule && !rule->name.empty()),
           "it bears the rule's name if the rule has one");
    for (const auto& [key, value] : describe(judgement))
        if (value.containsValueOfType<std::string>())
            expect_shown(value.get<std::string>(), 512);
}

void try_text(std::string_view text) {
    Rules rules;
    if (const auto added = rules.add_toml(text, kFile); !added) {
        expect(added.error().kind == ErrorKind::kInvalidConfiguration, "the error says what it is");
        expect(added.error().message.starts_with(std::string(kFile) + ":"),
               "the error names its place", added.error().message);
        expect_shown(added.error().message, kMaxMessage);
        expect(rules.all().empty(), "a wrong file adds nothing");
        return;
    }
    expect(rules.all().size() <= Rules::kMaxRules, "rules are bounded");
    for (const Rule& rule : rules.all())
        expect_sane(rule);
    for (const std::string& name : rules.executables())
        expect(!name.empty() && name.find_first_of("*?[\\") == std::string::npos,
               "a name to look out for is no pattern", name);
    try_rules(rules);
}

}  // namespace
}  // namespace gamesched::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    gamesched::fuzz::try_text({reinterpret_cast<const char*>(data), size});
    return 0;
}

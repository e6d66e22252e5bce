// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The corpus in tests/fixtures/processes: who is a game there, and who is not.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <format>
#include <iostream>
#include <map>
#include <set>
#include <toml++/toml.hpp>

#include "desktop/tray/rule.h"
#include "service/detection/judge.h"
#include "service/detection/launch.h"

namespace gamesched {
namespace {

namespace fs = std::filesystem;

std::string text(const toml::table& table, const char* key) {
    return table[key].value_or(std::string());
}

std::set<pid_t> pids(const toml::table& table, const char* key) {
    std::set<pid_t> set;
    if (const toml::array* array = table[key].as_array())
        for (const toml::node& node : *array)
            set.insert(static_cast<pid_t>(node.value_or(int64_t{0})));
    return set;
}

ProcessFacts facts_of(const toml::table& table) {
    ProcessFacts facts = {
        .pid = static_cast<pid_t>(table["pid"].value_or(int64_t{0})),
        .user = static_cast<uid_t>(table["user"].value_or(int64_t{1000})),
        .comm = text(table, "comm"),
        .executable = text(table, "exe"),
        .cgroup = text(table, "cgroup"),
        .gpu = table["gpu"].value_or(false),
        .threads = static_cast<uint32_t>(table["threads"].value_or(int64_t{1})),
        .memory_mib = static_cast<uint64_t>(table["memory_mib"].value_or(int64_t{20}))};
    if (const toml::array* arguments = table["args"].as_array())
        for (const toml::node& argument : *arguments)
            facts.arguments.push_back(argument.value_or(std::string()));
    if (const toml::table* environment = table["env"].as_table())
        facts.steam_app_id = text(*environment, "SteamAppId");
    return facts;
}

// As the desktop would have it installed.
std::string desktop_entry(const toml::table& table) {
    std::string categories;
    if (const toml::array* list = table["categories"].as_array())
        for (const toml::node& category : *list)
            categories += category.value_or(std::string()) + ";";
    std::string exec = text(table, "exec");
    for (size_t at = 0; (at = exec.find('\\', at)) != std::string::npos; at += 2)
        exec.replace(at, 1, "\\\\");
    return std::format("[Desktop Entry]\nType=Application\nName={}\nExec={}\nCategories={}\n",
                       text(table, "name"), exec, categories);
}

struct Wanted {
    pid_t pid = 0;
    std::string name;
    std::string app_id;
    std::set<pid_t> members;
    std::set<pid_t> outsiders;
};

// A tree of processes, and the games in it as we see them.
class Desktop {
  public:
    explicit Desktop(const fs::path& file) {
        const toml::table whole = toml::parse_file(file.string());
        if (const toml::array* entries = whole["entry"].as_array())
            for (const toml::node& entry : *entries) {
                std::string id = text(*entry.as_table(), "id");
                id = id.substr(0, id.rfind(".desktop"));
                entries_.add(id, desktop_entry(*entry.as_table()));
            }
        for (const toml::node& node : *whole["process"].as_array()) {
            processes_.push_back(facts_of(*node.as_table()));
            parent_[processes_.back().pid] =
                static_cast<pid_t>((*node.as_table())["parent"].value_or(int64_t{1}));
        }
        if (const toml::array* games = whole["game"].as_array())
            for (const toml::node& node : *games) {
                const toml::table& game = *node.as_table();
                wanted_.push_back({static_cast<pid_t>(game["pid"].value_or(int64_t{0})),
                                   text(game, "name"), text(game, "app_id"), pids(game, "members"),
                                   pids(game, "outsiders")});
            }
    }

    const std::vector<Wanted>& wanted() const { return wanted_; }
    const std::vector<ProcessFacts>& processes() const { return processes_; }

    bool is_below(pid_t pid, pid_t root) const {
        for (; pid > 1; pid = parent_.contains(pid) ? parent_.at(pid) : 0)
            if (pid == root)
                return true;
        return false;
    }

    Candidate candidate(const ProcessFacts& self) const {
        Candidate candidate = {.self = self, .ancestors = {}};
        for (pid_t pid = parent_.at(self.pid); pid > 1; pid = parent_.at(pid))
            candidate.ancestors.push_back(*std::ranges::find(processes_, pid, &ProcessFacts::pid));
        return candidate;
    }

    Judgement judge_again(pid_t pid, const Rules& rules) const {
        return judge(candidate(*std::ranges::find(processes_, pid, &ProcessFacts::pid)),
                     {entries_, rules});
    }

    // By root. In a tree that is a game's already the better judgement says which process it is.
    std::map<pid_t, Judgement> games() const {
        std::map<pid_t, Judgement> games;
        for (const ProcessFacts& process : processes_) {
            Judgement judgement = judge(candidate(process), {entries_, rules_});
            if (judgement.verdict != Verdict::kGame)
                continue;
            const auto tree = std::ranges::find_if(
                games, [&](const auto& game) { return is_below(process.pid, game.first); });
            if (tree == games.end())
                games[judgement.root] = std::move(judgement);
            else if (judgement.is_better_than(tree->second))
                tree->second = std::move(judgement);
        }
        return games;
    }

  private:
    DesktopEntries entries_;
    Rules rules_;
    std::vector<ProcessFacts> processes_;
    std::map<pid_t, pid_t> parent_;
    std::vector<Wanted> wanted_;
};

std::vector<fs::path> corpus(const char* folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(fs::path(PROCESSES) / folder))
        files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string why(const Judgement& judgement) {
    std::string text;
    for (const Evidence& evidence : judgement.evidence)
        text += std::format("\n    {:4} {}", evidence.weight, evidence.what);
    return text;
}

// What is wrong with a game that was found, compared with what it should be; empty if nothing is.
std::string fault_of(const Desktop& desktop, pid_t root, const Judgement& found,
                     const Wanted& wanted) {
    if (found.name != wanted.name)
        return std::format("is called \"{}\", not \"{}\"", found.name, wanted.name);
    if (found.app_id != wanted.app_id)
        return std::format("has AppId \"{}\", not \"{}\"", found.app_id, wanted.app_id);
    for (const pid_t member : wanted.members)
        if (!desktop.is_below(member, root))
            return std::format("{} should belong to it (root {})", member, root);
    for (const pid_t outsider : wanted.outsiders)
        if (desktop.is_below(outsider, root))
            return std::format("{} should not belong to it (root {})", outsider, root);
    return "";
}

TEST(Detection, FindsTheGamesOfTheCorpusAndNothingElse) {
    size_t wanted = 0, found = 0, right = 0;
    for (const char* folder : {"games", "others"}) {
        for (const fs::path& file : corpus(folder)) {
            SCOPED_TRACE(file.filename().string());
            const Desktop desktop(file);
            const auto games = desktop.games();
            wanted += desktop.wanted().size();
            found += games.size();
            for (const auto& [root, judgement] : games) {
                const auto match = std::ranges::find(desktop.wanted(), judgement.pid, &Wanted::pid);
                if (match == desktop.wanted().end()) {
                    ADD_FAILURE() << std::format("{} \"{}\" (root {}) is no game, because:{}",
                                                 judgement.pid, judgement.name, root,
                                                 why(judgement));
                    continue;
                }
                ++right;
                EXPECT_EQ(fault_of(desktop, root, judgement, *match), "") << why(judgement);
            }
            for (const Wanted& game : desktop.wanted())
                if (std::ranges::none_of(
                        games, [&](const auto& one) { return one.second.pid == game.pid; }))
                    ADD_FAILURE() << std::format(
                        "{} \"{}\" is a game:{}", game.pid, game.name,
                        why(judge(desktop.candidate(*std::ranges::find(
                                      desktop.processes(), game.pid, &ProcessFacts::pid)),
                                  {DesktopEntries(), Rules()})));
        }
    }
    std::cout << std::format("games: {}, found: {}; precision {:.1f} %, recall {:.1f} %\n", wanted,
                             found, 100.0 * static_cast<double>(right) / static_cast<double>(found),
                             100.0 * static_cast<double>(right) / static_cast<double>(wanted));
    EXPECT_GE(wanted, 30u);
}

TEST(Detection, EveryJudgementHasAReason) {
    for (const char* folder : {"games", "others"})
        for (const fs::path& file : corpus(folder)) {
            const Desktop desktop(file);
            for (const auto& [root, judgement] : desktop.games()) {
                int sum = 0;
                for (const Evidence& evidence : judgement.evidence) {
                    EXPECT_FALSE(evidence.what.empty());
                    sum += evidence.weight;
                }
                EXPECT_GE(sum, Judgement::kEnough) << file;
            }
        }
}

// Programs in Java are all the same file: no rule can tell one from the others.
TEST(Detection, TheRuleThatTheTrayProposesMakesAGameNone) {
    for (const fs::path& file : corpus("games")) {
        SCOPED_TRACE(file.filename().string());
        const Desktop desktop(file);
        for (const auto& [root, judgement] : desktop.games()) {
            const auto text = tray::rule_against(
                {.app_id = judgement.app_id, .executable = judgement.executable});
            const bool is_java = judgement.name == "Minecraft";
            ASSERT_EQ(text.has_value(), !is_java || !judgement.app_id.empty());
            Rules rules;
            if (text) {
                ASSERT_TRUE(rules.add_toml(*text, "ignore.toml")) << *text;
                EXPECT_TRUE(desktop.judge_again(judgement.pid, rules).ignored) << *text;
            }
        }
    }
}

}  // namespace
}  // namespace gamesched

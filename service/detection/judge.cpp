// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/judge.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <format>
#include <optional>

#include "service/detection/launch.h"
#include "service/detection/scope.h"

namespace gamesched {
namespace {

constexpr uint32_t kManyThreads = 12;
constexpr uint64_t kMuchMemoryMib = 400;

bool fits(const char* pattern, const std::string& text) {
    return fnmatch(pattern, text.c_str(), FNM_CASEFOLD) == 0;
}

// A Steam AppId: a number. Games that are no Steam games have larger ones of Steam's own making,
// which are of no use to anybody else.
bool is_app_id(const std::string& text) {
    return !text.empty() && text.size() <= 10 && text != "0" && text != "769" &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// "app-steam-app367520-1234.scope"
std::string app_id_of_scope(const std::string& scope) {
    constexpr std::string_view kPrefix = "app-steam-app";
    if (!scope.starts_with(kPrefix))
        return "";
    const std::string rest = scope.substr(kPrefix.size());
    return rest.substr(0, rest.find_first_not_of("0123456789"));
}

// "app-flatpak-org.example.Game-1234.scope"; empty if it is no Flatpak's.
std::string flatpak_of_scope(const std::string& scope) {
    constexpr std::string_view kPrefix = "app-flatpak-";
    const size_t end = scope.rfind('-');
    if (!scope.starts_with(kPrefix) || end <= kPrefix.size())
        return "";
    return scope.substr(kPrefix.size(), end - kPrefix.size());
}

// Steam starts every game as: reaper SteamLaunch AppId=N -- COMMAND.
std::string app_id_of_reaper(const ProcessFacts& process) {
    const auto launch = judge_launcher(process.arguments);
    return launch ? launch->app_id : "";
}

std::string find_app_id(const Candidate& candidate) {
    if (is_app_id(candidate.self.steam_app_id))
        return candidate.self.steam_app_id;
    for (const ProcessFacts& ancestor : candidate.ancestors)
        if (const std::string id = app_id_of_reaper(ancestor); is_app_id(id))
            return id;
    const std::string id = app_id_of_scope(last_component(candidate.self.cgroup));
    return is_app_id(id) ? id : "";
}

// The folder of a game in a Steam library: ".../steamapps/common/FOLDER/...", of either system.
std::string steam_folder(std::string path) {
    std::ranges::replace(path, '\\', '/');
    for (const std::string_view mark : {"/steamapps/common/", "/SteamApps/common/", "S:/common/"}) {
        const size_t found = path.find(mark);
        if (found == std::string::npos)
            continue;
        const std::string rest = path.substr(found + mark.size());
        const size_t end = rest.find('/');
        if (end == std::string::npos || end == 0)
            return "";
        const std::string folder = rest.substr(0, end);
        const bool is_tool =
            folder.starts_with("Proton") || folder.starts_with("SteamLinuxRuntime") ||
            folder.starts_with("Steamworks") || folder.starts_with("Steam Controller");
        return is_tool ? "" : folder;
    }
    return "";
}

bool is_minecraft(const Program& program) {
    return std::ranges::any_of(
        std::array{"net.minecraft.client.*", "net.minecraft.launchwrapper.*",
                   "net.fabricmc.loader.*client*", "org.quiltmc.loader.*client*",
                   "cpw.mods.bootstraplauncher.*", "cpw.mods.modlauncher.*",
                   "net.minecraftforge.bootstrap.*", "net.neoforged.fml.startup.Client",
                   "org.prismlauncher.EntryPoint", "org.polymc.EntryPoint",
                   "org.multimc.EntryPoint", "io.github.zekerzhayard.forgewrapper.*"},
        [&](const char* pattern) { return fits(pattern, program.java_main); });
}

// One of those that start games and nothing else. `name` is what it says of the game.
struct Starter {
    std::string what;
    std::string name;
};

std::optional<Starter> starter_of(const ProcessFacts& process) {
    const Program program = program_of(process);
    if (program.name == "lutris-wrapper") {
        // It calls itself "lutris-wrapper: Title" when it has read its arguments.
        constexpr std::string_view kPrefix = "lutris-wrapper: ";
        Starter starter = {.what = "Lutris runs it", .name = ""};
        if (!process.arguments.empty() && process.arguments[0].starts_with(kPrefix))
            starter.name = process.arguments[0].substr(kPrefix.size());
        return starter;
    }
    for (const char* name : {"legendary", "legendary.py", "gogdl", "gogdl.py", "nile", "umu-run",
                             "umu_run.py", "bottles-cli", "butler"})
        if (program.name == name)
            return Starter{std::format("{} runs it", name), ""};
    if (fits("gamescope*", program.name))
        return Starter{"it runs in gamescope", ""};
    return std::nullopt;
}

class Judge {
  public:
    Judge(const Candidate& candidate, const Knowledge& knowledge)
        : candidate_(candidate),
          self_(candidate.self),
          knowledge_(knowledge),
          program_(program_of(candidate.self)),
          scope_(last_component(candidate.self.cgroup)) {}

    Judgement judge() {
        result_.pid = self_.pid;
        result_.gpu = self_.gpu;
        result_.script = program_.script;
        result_.kind = kind_of(program_, self_);
        // All programs in Java have the same one.
        result_.executable = program_.java_main.empty() ? program_.name : "";
        result_.app_id = is_installing() ? "" : find_app_id(candidate_);
        find_names();
        find_root();
        if (!candidate_.is_seated) {
            result_.ignored = true;
            add(-Judgement::kEnough,
                std::format("user {} has no session at this machine (remote-users)", self_.user));
            return std::move(result_);
        }
        if (const Rule* rule = find_rule(); rule && apply(*rule))
            return std::move(result_);
        if (is_known_to_be_none())
            return std::move(result_);
        weigh_what_it_is();
        weigh_where_it_comes_from();
        weigh_what_it_does();
        decide();
        return std::move(result_);
    }

  private:
    void add(int weight, std::string what) {
        result_.evidence.push_back({weight, std::move(what)});
    }

    // Steam runs what a game needs to be installed by the game's AppId.
    bool is_installing() const {
        return std::ranges::any_of(candidate_.ancestors, [](const ProcessFacts& ancestor) {
            return program_of(ancestor).name == "reaper" && app_id_of_reaper(ancestor).empty();
        });
    }

    const Rule* find_rule() const {
        return knowledge_.rules.find({.app_id = result_.app_id,
                                      .executable = program_.name,
                                      .path = program_.path,
                                      .cgroup = scope_});
    }

    // True if that decides.
    bool apply(const Rule& rule) {
        if (!rule.name.empty()) {
            result_.name = rule.name;
            result_.named_by_rule = true;
        }
        result_.profile = rule.profile;
        if (rule.ignore) {
            result_.ignored = true;
            add(-Judgement::kEnough, std::format("{} says that it is to be ignored", rule.place));
            return true;
        }
        if (result_.kind == ProgramKind::kUnknown || result_.kind == ProgramKind::kRunner)
            add(Judgement::kEnough, std::format("{} names it", rule.place));
        return false;
    }

    bool is_known_to_be_none() {
        switch (result_.kind) {
            case ProgramKind::kLauncher:
                add(0, std::format("\"{}\" is known to start games", program_.name));
                return true;
            case ProgramKind::kWrapper:
                add(0, std::format("\"{}\" is known to run other programs", program_.name));
                return true;
            case ProgramKind::kHelper:
                add(0, std::format("\"{}\" is known as a helper of games, or an installer",
                                   program_.name));
                return true;
            case ProgramKind::kTool:
                add(0, std::format("\"{}\" is known as a tool or a demonstration", program_.name));
                return true;
            case ProgramKind::kRunner:
            case ProgramKind::kUnknown:
                return false;
        }
        return false;
    }

    void weigh_what_it_is() {
        if (result_.kind == ProgramKind::kRunner)
            add(Judgement::kEnough, std::format("\"{}\" is known to play games", program_.name));
        if (!steam_folder(program_.path).empty())
            add(Judgement::kEnough, "it is in a Steam library");
        if (is_minecraft(program_))
            add(Judgement::kEnough, "it is Minecraft");
        if (fits("/usr/games/*", program_.path) || fits("/usr/local/games/*", program_.path) ||
            fits("/usr/lib/games/*", program_.path))
            add(Judgement::kEnough, "it is in a system folder of games");
        if (fits("*-shipping", program_.name) || fits("*-shipping.exe", program_.name))
            add(Judgement::kEnough, "its name is that of an Unreal game's release");
        else if (fits("*.x86_64", program_.name) || fits("*.x86", program_.name))
            add(60, "its name ends as Unity's and Godot's games do");
        if (fits("*/py?-linux-*/*", self_.executable))
            add(Judgement::kEnough, "it is a Ren'Py game");
        if (program_.windows)
            add(30, "it is a Windows program");
        if (is_in_games_folder(program_.path))
            add(program_.windows ? 20 : 40, "it is in a folder of games");
        if (const DesktopEntry* entry = own_entry(); entry && entry->is_game)
            add(Judgement::kEnough, std::format("{}.desktop says that it is a game", entry->id));
    }

    void weigh_where_it_comes_from() {
        if (!result_.app_id.empty())
            add(Judgement::kEnough, std::format("Steam started it (AppId {})", result_.app_id));
        for (const ProcessFacts& ancestor : candidate_.ancestors) {
            if (const auto starter = starter_of(ancestor)) {
                add(50, starter->what);
                break;
            }
            const Program program = program_of(ancestor);
            if (kind_of(program, ancestor) == ProgramKind::kLauncher) {
                add(40, std::format("{} started it", program.name));
                break;
            }
        }
        if (const DesktopEntry* entry = entry_of_scope();
            entry && entry->is_game && !own_entry() && !is_launcher_entry(*entry))
            add(60, std::format("{}.desktop, which started it, says that it is a game", entry->id));
    }

    void weigh_what_it_does() {
        if (self_.gpu)
            add(40, "it uses the GPU");
        if (self_.threads >= kManyThreads)
            add(10, std::format("it has {} threads", self_.threads));
        if (self_.memory_mib >= kMuchMemoryMib)
            add(10, std::format("it uses {} MiB of memory", self_.memory_mib));
    }

    void decide() {
        const int sum = result_.weight();
        // What it does alone makes no game: browsers and editors do the same.
        const int rest = (self_.gpu ? 0 : 40) + (self_.threads >= kManyThreads ? 0 : 10) +
                         (self_.memory_mib >= kMuchMemoryMib ? 0 : 10);
        if (sum >= Judgement::kEnough)
            result_.verdict = Verdict::kGame;
        else if (sum + rest >= Judgement::kEnough)
            result_.verdict = Verdict::kUndecided;
    }

    // Inside of a Flatpak there is no other program than the application's.
    const DesktopEntry* own_entry() const {
        const DesktopEntry* entry = knowledge_.entries.find_by_program(program_.name);
        if (const std::string id = flatpak_of_scope(scope_); !entry && !id.empty()) {
            entry = knowledge_.entries.find_by_program(id);
            if (entry && is_launcher_entry(*entry))
                return nullptr;
        }
        return entry;
    }

    const DesktopEntry* entry_of_scope() const {
        for (const std::string& id : entry_ids_of(scope_))
            if (const DesktopEntry* entry = knowledge_.entries.find_by_id(id))
                return entry;
        return nullptr;
    }

    void find_names() {
        for (const ProcessFacts& ancestor : candidate_.ancestors)
            if (const auto starter = starter_of(ancestor); starter && !starter->name.empty()) {
                result_.name = starter->name;
                return;
            }
        if (std::string folder = steam_folder(program_.path); !folder.empty()) {
            result_.name = std::move(folder);
            return;
        }
        for (const ProcessFacts& ancestor : candidate_.ancestors)
            if (!app_id_of_reaper(ancestor).empty())
                for (const std::string& argument : ancestor.arguments)
                    if (std::string folder = steam_folder(argument); !folder.empty()) {
                        result_.name = std::move(folder);
                        return;
                    }
        if (is_minecraft(program_)) {
            result_.name = "Minecraft";
            return;
        }
        const DesktopEntry* own = own_entry();
        const DesktopEntry* scope = entry_of_scope();
        const bool scope_is_game = scope && scope->is_game && !is_launcher_entry(*scope);
        if (program_.name == "love" && self_.arguments.size() > 1 &&
            (!scope_is_game || scope == own))
            result_.name = without_suffixes(base_name(self_.arguments[1]));
        else if (own && own->is_game && program_.name != "love")
            result_.name = own->name;
        else if (scope_is_game)
            result_.name = scope->name;
        if (result_.name.empty())
            result_.name = without_suffixes(program_.name);
    }

    static bool is_unknown_script(const ProcessFacts& process) {
        const Program program = program_of(process);
        return program.script && kind_of(program, process) == ProgramKind::kUnknown;
    }

    // A script that starts the game: the game's own, or one of its user's, which may start anything
    // else as well. The game's own is where games are, or is what a launcher or an entry starts.
    bool is_of_game(const Program& script) const {
        const auto is_game = [](const DesktopEntry* entry) { return entry && entry->is_game; };
        const std::string folder = script.path.substr(0, script.path.rfind('/') + 1);
        return !result_.app_id.empty() ||
               std::ranges::any_of(
                   candidate_.ancestors,
                   [](const ProcessFacts& one) { return starter_of(one).has_value(); }) ||
               is_in_games_folder(script.path) || !script.path.starts_with('/') ||
               program_.path.starts_with(folder) ||
               is_game(knowledge_.entries.find_by_program(script.name)) ||
               is_game(entry_of_scope());
    }

    // Wrappers belong to their game; what starts games does not.
    void find_root() {
        result_.root = self_.pid;
        result_.root_start_time = self_.start_time;
        for (const ProcessFacts& ancestor : candidate_.ancestors) {
            if (ancestor.user != self_.user || !belongs_to_its_child(ancestor) ||
                (is_unknown_script(ancestor) && !is_of_game(program_of(ancestor))))
                return;
            result_.root = ancestor.pid;
            result_.root_start_time = ancestor.start_time;
        }
    }

    const Candidate& candidate_;
    const ProcessFacts& self_;
    const Knowledge& knowledge_;
    const Program program_;
    const std::string scope_;
    Judgement result_;
};

}  // namespace

int Judgement::weight() const {
    int sum = 0;
    for (const Evidence& one : evidence)
        sum += one.weight;
    return sum;
}

bool Judgement::is_better_than(const Judgement& other) const {
    if (gpu != other.gpu)
        return gpu;
    if (script != other.script)
        return other.script;
    return weight() >= other.weight();
}

Judgement judge(const Candidate& candidate, const Knowledge& knowledge) {
    return Judge(candidate, knowledge).judge();
}

}  // namespace gamesched

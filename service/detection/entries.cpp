// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/entries.h"

#include <fnmatch.h>
#include <glib.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>

#include "service/detection/programs.h"

namespace gamesched {
namespace {

constexpr size_t kMaxFileBytes = 256 * 1024;

struct KeyFileDeleter {
    void operator()(GKeyFile* file) const { g_key_file_free(file); }
};
struct FreeDeleter {
    void operator()(void* memory) const { g_free(memory); }
};
struct StrvDeleter {
    void operator()(char** strings) const { g_strfreev(strings); }
};
using Strv = std::unique_ptr<char*, StrvDeleter>;

std::string text_of(GKeyFile* file, const char* key) {
    const std::unique_ptr<char, FreeDeleter> value(
        g_key_file_get_string(file, G_KEY_FILE_DESKTOP_GROUP, key, nullptr));
    return value ? value.get() : "";
}

// Entries of the category that manage, make or configure games instead of being one.
constexpr std::array<std::string_view, 8> kNoGames = {
    "Settings",     "Utility", "Development", "PackageManager",
    "FileTransfer", "System",  "Building",    "Network"};

bool has_game_categories(GKeyFile* file) {
    const Strv list(g_key_file_get_string_list(
        file, G_KEY_FILE_DESKTOP_GROUP, G_KEY_FILE_DESKTOP_KEY_CATEGORIES, nullptr, nullptr));
    bool game = false;
    for (char** category = list.get(); category && *category; ++category) {
        if (std::ranges::contains(kNoGames, std::string_view(*category)))
            return false;
        game = game || std::string_view(*category) == "Game";
    }
    return game;
}

// The words of a command line, as a shell would split it.
std::vector<std::string> words_of(const std::string& command) {
    char** raw = nullptr;
    if (!g_shell_parse_argv(command.c_str(), nullptr, &raw, nullptr))
        return {};
    const Strv words(raw);
    std::vector<std::string> result;
    for (char** word = raw; *word; ++word)
        result.emplace_back(*word);
    return result;
}

// Behind env and the assignments that follow it, behind shells and their scripts.
std::string program_of_command(const std::vector<std::string>& command) {
    bool flatpak = false;
    for (const std::string& word : command) {
        const std::string name = base_name(word);
        flatpak = flatpak || name == "flatpak";
        if ((flatpak && (name == "flatpak" || word == "run")) || name == "env" || name == "sh" ||
            name == "bash" || word.starts_with('-') || word.find('=') != std::string::npos)
            continue;
        return name;
    }
    return "";
}

}  // namespace

bool is_launcher_entry(const DesktopEntry& entry) {
    const ProcessFacts as_process = {.comm = entry.program, .executable = entry.program};
    return kind_of(program_of(as_process), as_process) == ProgramKind::kLauncher ||
           std::ranges::any_of(
               std::array{"*.steam", "*lutris*", "*heroic*", "*bottles*", "*launcher*"},
               [&](const char* pattern) {
                   return fnmatch(pattern, entry.id.c_str(), FNM_CASEFOLD) == 0;
               });
}

void DesktopEntries::add(std::string_view id, const std::string& text) {
    const std::unique_ptr<GKeyFile, KeyFileDeleter> file(g_key_file_new());
    if (entries_.size() >= kMaxEntries ||
        !g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr))
        return;
    DesktopEntry entry = {.id = std::string(id),
                          .program = text_of(file.get(), "X-Flatpak"),
                          .name = text_of(file.get(), G_KEY_FILE_DESKTOP_KEY_NAME),
                          .is_game = has_game_categories(file.get()),
                          .command = words_of(text_of(file.get(), G_KEY_FILE_DESKTOP_KEY_EXEC))};
    if (entry.program.empty())
        entry.program = program_of_command(entry.command);
    if (!entry.program.empty())
        entries_.push_back(std::move(entry));
}

DesktopEntries DesktopEntries::load(const std::vector<std::filesystem::path>& directories) {
    DesktopEntries entries;
    for (const auto& directory : directories) {
        std::error_code error;
        for (const auto& file : std::filesystem::directory_iterator(directory, error)) {
            if (file.path().extension() != ".desktop" || !file.is_regular_file(error) ||
                file.file_size(error) > kMaxFileBytes)
                continue;
            std::ostringstream text;
            text << std::ifstream(file.path()).rdbuf();
            entries.add(file.path().stem().string(), text.str());
        }
    }
    return entries;
}

const DesktopEntry* DesktopEntries::find_by_program(std::string_view program) const {
    const DesktopEntry* found = nullptr;
    for (const DesktopEntry& entry : entries_)
        if (entry.program == program && (!found || (entry.is_game && !found->is_game)))
            found = &entry;
    return found;
}

const DesktopEntry* DesktopEntries::find_by_id(std::string_view id) const {
    const auto found = std::ranges::find(entries_, id, &DesktopEntry::id);
    return found == entries_.end() ? nullptr : &*found;
}

std::vector<std::string> DesktopEntries::game_programs() const {
    std::vector<std::string> programs;
    for (const DesktopEntry& entry : entries_)
        if (entry.is_game)
            programs.push_back(entry.program);
    return programs;
}

}  // namespace gamesched

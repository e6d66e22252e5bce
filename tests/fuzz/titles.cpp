// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What gamesched-agent reads in its user's files: Steam's manifests and libraries, Lutris's games
// and desktop entries. Input: the text of a file; each of the readers gets it.

#include "desktop/agent/lutris.h"
#include "desktop/agent/steam.h"
#include "desktop/agent/title_finder.h"
#include "desktop/agent/vdf.h"
#include "service/base/process.h"
#include "tests/fuzz/fuzz.h"

namespace gamesched::fuzz {
namespace {

constexpr size_t kMaxTitle = 256;
constexpr size_t kMaxLibraries = 64;

void try_vdf(const std::string& text) {
    size_t values = 0;
    agent::visit_vdf(text, [&](const auto& keys, const std::string& value) {
        ++values;
        expect(!keys.empty() && keys.size() <= agent::kMaxVdfDepth + 1, "keys are bounded");
        expect(value.size() <= text.size(), "a value is a part of the text");
    });
    expect(values <= text.size(), "values are parts of the text");
    for (const auto& library : agent::libraries_of(text))
        expect(library.is_absolute(), "a library's path is absolute", library.string());
    expect(agent::libraries_of(text).size() <= kMaxLibraries, "libraries are bounded");
}

// Any bytes as a title, as Steam would write them.
void try_title(const std::string& title) {
    std::string quoted;
    for (const char c : title)
        quoted += c == '"' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
    expect(agent::title_of_manifest("\"AppState\"\n{\n\"name\" \"" + quoted + "\"\n}\n") == title,
           "a manifest's title is what was written", title);
    expect_shown(printable(agent::title_of_manifest(title), kMaxTitle), kMaxTitle);
}

void try_lutris(const std::string& text) {
    const auto game = agent::read_lutris(text);
    if (!game)
        return;
    expect(!game->name.empty() && !game->file.empty(), "a game has a name and a file");
    expect(!game->file.starts_with('/') || agent::is_lutris_file(game->file, game->file),
           "a game's file is its own", game->file);
}

void try_entry(const std::string& text) {
    DesktopEntries entries;
    entries.add("entry", text);
    entries.add("other", "[Desktop Entry]\nName=Other\nExec=/opt/other\nCategories=Game;\n");
    expect(entries.all().size() <= 2, "a text is one entry at most");
    for (const DesktopEntry& entry : entries.all()) {
        expect(!entry.program.empty(), "an entry runs something");
        is_launcher_entry(entry);
    }
    const agent::Played played = {.app_id = "620",
                                  .flatpak_id = "entry",
                                  .scope = "app-entry-7.scope",
                                  .programs = {"/opt/game/entry"},
                                  .paths = {"/opt/game/entry", "/opt/game/data"}};
    const DesktopEntry* found = agent::find_entry(entries, played);
    expect(!found || found->id == "entry", "a game's entry is not another one");
}

void try_text(const std::string& text) {
    try_vdf(text);
    try_title(text);
    try_lutris(text);
    try_entry(text);
}

}  // namespace
}  // namespace gamesched::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    gamesched::fuzz::try_text({reinterpret_cast<const char*>(data), size});
    return 0;
}

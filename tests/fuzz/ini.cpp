// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// gamemode.ini, as gamesched-session reads it. Input: the text of the file.

#include <algorithm>

#include "desktop/session/config.h"
#include "desktop/session/ini.h"
#include "tests/fuzz/fuzz.h"

namespace gamesched::fuzz {
namespace {

using session::Config;

// A line for each of the three lists of names of settings.
constexpr size_t kMaxRemark = 16 * 1024;

bool is_trimmed(const std::string& text) {
    constexpr std::string_view kSpace = " \t\r\f\v";
    return text.empty() || (!kSpace.contains(text.front()) && !kSpace.contains(text.back()));
}

void expect_entries(const session::Ini& ini, std::string_view text) {
    const auto lines = static_cast<size_t>(std::ranges::count(text, '\n')) + 1;
    expect(ini.entries.size() + ini.wrong_lines.size() <= lines, "a line is one thing at most");
    int last = 0;
    for (const int line : ini.wrong_lines) {
        expect(line > last && static_cast<size_t>(line) <= lines, "lines are in their order");
        last = line;
    }
    for (const session::Entry& entry : ini.entries) {
        expect(!entry.value.contains('\n') && !entry.key.contains('\n'), "an entry is one line");
        expect(is_trimmed(entry.key) && is_trimmed(entry.value), "an entry has no space around it",
               entry.value);
    }
}

void expect_sane(const Config& config) {
    for (const auto* list :
         {&config.whitelist, &config.blacklist, &config.supervisor_whitelist,
          &config.supervisor_blacklist, &config.start_scripts, &config.end_scripts,
          &config.left_to_system, &config.not_needed, &config.not_understood}) {
        expect(list->size() <= Config::kMaxList, "lists are bounded");
        for (const std::string& value : *list)
            expect(!value.empty(), "lists have no empty entries");
    }
    expect(config.nice >= 0 && config.nice <= 20, "nice is within its limits");
    expect(!config.ioprio || (*config.ioprio >= 0 && *config.ioprio <= 7),
           "ioprio is within its limits");
    expect(config.script_timeout.count() >= 1 && config.script_timeout.count() <= 3600,
           "the timeout is within its limits");
    for (const std::string& line : remarks(config))
        expect_shown(line, kMaxRemark);
}

void try_text(std::string_view text) {
    const session::Ini ini = session::parse_ini(text);
    expect_entries(ini, text);
    Config config;
    merge(config, ini.entries);
    expect_sane(config);
    merge(config, ini.entries);
    expect_sane(config);
}

}  // namespace
}  // namespace gamesched::fuzz

int LLVMFuzzerTestOneInput(const unsigned char* data, size_t size) {
    gamesched::fuzz::try_text({reinterpret_cast<const char*>(data), size});
    return 0;
}

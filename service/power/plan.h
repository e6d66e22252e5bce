// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which files get which values while gaming mode is on, and what is put back after it: decisions
// only, from what the files read and what was recorded. Reading, recording and writing is
// settings.h's.

#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gamesched {

enum class PowerItem { kGovernor, kPreference, kPlatformProfile, kSplitLock };

// In the order in which they are written, both when they are set and when they are put back. The
// governor comes before the preference: the drivers intel_pstate and amd_pstate, where they choose
// frequencies themselves ("active"), refuse every preference but the highest under the governor
// performance, and bring that one along with it.
inline constexpr std::array kPowerItems = {PowerItem::kGovernor, PowerItem::kPreference,
                                           PowerItem::kPlatformProfile, PowerItem::kSplitLock};

// As in the configuration and on the bus.
const char* key_of(PowerItem item);
std::optional<PowerItem> item_of(std::string_view key);

// The value for each item that is to have one.
using Wishes = std::map<PowerItem, std::string>;

// A file that is ours for a while.
struct Change {
    PowerItem item{};
    std::string path;
    std::string before;
    std::string ours;

    bool operator==(const Change&) const = default;
};

struct SettingFile {
    PowerItem item{};
    std::string path;
    std::optional<std::string> present;               // nothing: it cannot be read now
    std::optional<std::vector<std::string>> choices;  // nothing: the kernel does not list them
};

struct Step {
    Change change;
    bool undo = false;
};

struct Plan {
    std::vector<Change> changes;  // all that will be ours: recorded before the first step
    std::vector<Step> steps;      // in their order
    std::map<PowerItem, std::string> notes;  // why an item, or a part of it, is not changed
};

// `recorded`: what is ours at present, or was when a previous life ended. `files`: those of the
// wished items.
Plan make_plan(const Wishes& wishes, const std::vector<SettingFile>& files,
               const std::vector<Change>& recorded);

// What to do about a file that is to be put back and reads `present`.
enum class Undo { kWrite, kNothing, kForeign };
Undo how_to_undo(const Change& change, std::string_view present);

}  // namespace gamesched

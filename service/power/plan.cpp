// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/plan.h"

#include <algorithm>
#include <format>

namespace gamesched {
namespace {

// Why a file that reads `before` cannot have the value, or could not be put back exactly.
std::optional<std::string> obstacle(const SettingFile& file, const std::string& before,
                                    const std::string& wish) {
    if (file.choices && !std::ranges::contains(*file.choices, wish))
        return std::format("this machine does not offer \"{}\"", wish);
    // Such as "custom", which the kernel says when devices differ.
    if (file.choices && !std::ranges::contains(*file.choices, before))
        return std::format("kept: \"{}\" could not be put back", before);
    if (file.item == PowerItem::kGovernor && before == "userspace")
        return "kept: the frequency that somebody has told the governor \"userspace\" would be "
               "lost";
    return std::nullopt;
}

const Change* find(const std::vector<Change>& changes, const std::string& path) {
    const auto found = std::ranges::find(changes, path, &Change::path);
    return found == changes.end() ? nullptr : &*found;
}

class Planner {
  public:
    explicit Planner(const std::vector<Change>& recorded) : recorded_(recorded) {}

    void put_back(PowerItem item) {
        for (const Change& change : recorded_)
            if (change.item == item)
                undo(change);
    }

    void wish_for(PowerItem item, const std::string& wish, const std::vector<SettingFile>& files) {
        size_t readable = 0;
        for (const SettingFile& file : files) {
            if (file.item != item)
                continue;
            readable += file.present.has_value();
            set(file, wish);
        }
        if (readable == 0)
            note(item, "not there");
        else if (!std::ranges::contains(plan_.changes, item, &Change::item))
            note(item, std::format("{} already", wish));
    }

    Plan take() { return std::move(plan_); }

  private:
    void set(const SettingFile& file, const std::string& wish) {
        const Change* known = find(recorded_, file.path);
        if (!file.present) {
            // Its CPUs are off. Whatever it was, it will be again.
            if (known)
                plan_.changes.push_back(*known);
            return;
        }
        const std::string& present = *file.present;
        if (known && how_to_undo(*known, present) == Undo::kForeign)
            return note(file.item, std::format("changed by somebody else: {}", present));
        const std::string& before = known ? known->before : present;
        const auto why_not = obstacle(file, before, wish);
        if (why_not)
            note(file.item, *why_not);
        if (why_not || before == wish) {
            if (known)
                undo(*known);
            return;
        }
        plan_.changes.push_back({file.item, file.path, before, wish});
        if (present != wish)
            plan_.steps.push_back({.change = plan_.changes.back()});
    }

    void undo(const Change& change) {
        plan_.changes.push_back(change);
        plan_.steps.push_back({.change = change, .undo = true});
    }

    void note(PowerItem item, std::string text) { plan_.notes.try_emplace(item, std::move(text)); }

    const std::vector<Change>& recorded_;
    Plan plan_;
};

}  // namespace

const char* key_of(PowerItem item) {
    switch (item) {
        case PowerItem::kGovernor:
            return "governor";
        case PowerItem::kPreference:
            return "energy-performance-preference";
        case PowerItem::kPlatformProfile:
            return "platform-profile";
        case PowerItem::kSplitLock:
            return "split-lock-mitigate";
    }
    return "";
}

std::optional<PowerItem> item_of(std::string_view key) {
    for (const PowerItem item : kPowerItems)
        if (key == key_of(item))
            return item;
    return std::nullopt;
}

Undo how_to_undo(const Change& change, std::string_view present) {
    if (present == change.before)
        return Undo::kNothing;
    return present == change.ours ? Undo::kWrite : Undo::kForeign;
}

Plan make_plan(const Wishes& wishes, const std::vector<SettingFile>& files,
               const std::vector<Change>& recorded) {
    Planner planner(recorded);
    for (const PowerItem item : kPowerItems) {
        const auto wish = wishes.find(item);
        if (wish == wishes.end())
            planner.put_back(item);
        else
            planner.wish_for(item, wish->second, files);
    }
    return planner.take();
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/settings.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <format>
#include <iterator>
#include <set>
#include <sstream>

#include "service/base/file.h"

namespace gamesched {
namespace {

namespace fs = std::filesystem;

constexpr char kPolicies[] = "sys/devices/system/cpu/cpufreq";
constexpr char kPlatformProfile[] = "sys/firmware/acpi/platform_profile";
constexpr char kPlatformChoices[] = "sys/firmware/acpi/platform_profile_choices";
constexpr char kSplitLock[] = "proc/sys/kernel/split_lock_mitigate";

// policy2 comes before policy10.
std::vector<fs::path> policies(const fs::path& root) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root / kPolicies, error))
        if (entry.path().filename().string().starts_with("policy"))
            found.push_back(entry.path());
    std::ranges::sort(found, {}, [](const fs::path& path) {
        const std::string name = path.filename();
        return std::pair(name.size(), name);
    });
    return found;
}

SettingFile look_at(PowerItem item, const fs::path& path, const fs::path& choices) {
    SettingFile file{.item = item, .path = path};
    if (auto present = read_attribute(path))
        file.present = std::move(*present);
    if (const auto list = read_attribute(choices)) {
        std::istringstream words(*list);
        file.choices.emplace(std::istream_iterator<std::string>(words),
                             std::istream_iterator<std::string>());
    }
    return file;
}

// "policy0/scaling_governor"
std::string short_name(const std::string& path) {
    const fs::path file(path);
    return (file.parent_path().filename() / file.filename()).string();
}

std::string join(const std::set<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

}  // namespace

Settings::Settings(fs::path root, PowerRecord& record) : root_(std::move(root)), record_(record) {}

std::vector<SettingFile> Settings::look(const Wishes& wishes) const {
    std::vector<SettingFile> files;
    for (const fs::path& policy : policies(root_)) {
        files.push_back(look_at(PowerItem::kGovernor, policy / "scaling_governor",
                                policy / "scaling_available_governors"));
        files.push_back(look_at(PowerItem::kPreference, policy / "energy_performance_preference",
                                policy / "energy_performance_available_preferences"));
    }
    files.push_back(
        look_at(PowerItem::kPlatformProfile, root_ / kPlatformProfile, root_ / kPlatformChoices));
    files.push_back(look_at(PowerItem::kSplitLock, root_ / kSplitLock, {}));
    std::erase_if(files, [&](const SettingFile& file) { return !wishes.contains(file.item); });
    return files;
}

void Settings::set(Wishes wishes) {
    Plan plan = make_plan(wishes, look(wishes), record_.changes());
    notes_ = std::move(plan.notes);
    steps_.assign(plan.steps.begin(), plan.steps.end());
    put_back_.clear();
    wishes_ = std::move(wishes);
    if (const auto recorded = record_.set_changes(std::move(plan.changes)); !recorded) {
        std::erase_if(steps_, [](const Step& step) { return !step.undo; });
        for (const auto& [item, value] : *wishes_)
            complain(item,
                     std::format("kept: it cannot be recorded: {}", recorded.error().message));
    }
    if (steps_.empty())
        finish();
}

bool Settings::step() {
    if (steps_.empty())
        return false;
    const Step next = std::move(steps_.front());
    steps_.pop_front();
    if (next.undo)
        put_back(next.change);
    else
        apply(next.change);
    if (steps_.empty())
        finish();
    return !steps_.empty();
}

void Settings::apply(const Change& change) {
    if (read_attribute(change.path) == change.ours)
        return;  // the governor has brought it along
    if (const auto written = write_attribute(change.path, change.ours); !written)
        complain(change.item, std::format("{}: {}: {}", short_name(change.path), change.ours,
                                          std::strerror(written.error())));
}

void Settings::put_back(const Change& change) {
    const auto present = read_attribute(change.path);
    int error = present ? 0 : present.error();
    if (error == ENOENT)
        return forget(change);
    if (present) {
        const Undo undo = how_to_undo(change, *present);
        if (undo == Undo::kForeign)
            complain(change.item, std::format("left at {}: changed by somebody else", *present));
        if (undo != Undo::kWrite)
            return forget(change);
        const auto written = write_attribute(change.path, change.before);
        if (written)
            return forget(change);
        error = written.error();
    }
    // Its CPUs may be off. It stays recorded and is tried again the next time.
    complain(change.item, std::format("{}: not put back to {}: {}", short_name(change.path),
                                      change.before, std::strerror(error)));
}

void Settings::forget(const Change& change) {
    put_back_.push_back(change.path);
}

void Settings::complain(PowerItem item, std::string what) {
    spdlog::warn("power: {}: {}", key_of(item), what);
    notes_.insert_or_assign(item, std::move(what));
}

void Settings::finish() {
    auto left = record_.changes();
    std::erase_if(left, [this](const Change& change) {
        return std::ranges::contains(put_back_, change.path);
    });
    put_back_.clear();
    if (const auto recorded = record_.set_changes(std::move(left)); !recorded)
        spdlog::warn("power: what was put back stays recorded: {}", recorded.error().message);
    for (const auto& [item, value] : *wishes_)
        if (!notes_.contains(item))
            spdlog::info("power: {}: {}", key_of(item), describe(item));
}

std::string Settings::describe(PowerItem item) const {
    if (!steps_.empty())
        return "being set";
    if (const auto note = notes_.find(item); note != notes_.end())
        return note->second;
    std::set<std::string> before;
    std::string ours;
    for (const Change& change : record_.changes()) {
        if (change.item != item)
            continue;
        const auto present = read_attribute(change.path);
        if (present && *present != change.ours)
            return std::format("changed by somebody else: {}", *present);
        before.insert(change.before);
        ours = change.ours;
    }
    return std::format("{} (was {})", ours, join(before));
}

}  // namespace gamesched

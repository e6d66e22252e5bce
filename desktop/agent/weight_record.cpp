// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/weight_record.h"

#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "desktop/agent/places.h"
#include "service/base/file.h"

namespace gamesched::agent {
namespace {

using nlohmann::json;

uint64_t weight_in(const json& change, const char* key) {
    return change.at(key).get_ref<const json::number_unsigned_t&>();
}

std::map<std::string, WeightChange> changes_from(const json& units) {
    std::map<std::string, WeightChange> changes;
    for (const auto& [name, change] : units.items())
        changes[name] = {.before = weight_in(change, "before"), .ours = weight_in(change, "ours")};
    return changes;
}

}  // namespace

WeightRecord::WeightRecord(const std::filesystem::path& directory)
    : file_(directory / "weights.json") {
    const auto text = read_regular(file_, kMaxFileBytes);
    if (!text)
        return;
    try {
        changes_ = changes_from(json::parse(*text));
    } catch (const json::exception& error) {
        spdlog::error("{} is damaged and ignored; no cpu.weight is put back: {}", file_.string(),
                      error.what());
    }
}

Result<void> WeightRecord::add(const std::string& unit, const WeightChange& change) {
    const auto before = changes_;
    changes_[unit] = change;
    auto saved = save();
    if (!saved)
        changes_ = before;
    return saved;
}

void WeightRecord::remove(const std::string& unit) {
    changes_.erase(unit);
    if (const auto saved = save(); !saved)
        spdlog::warn("{}", saved.error().message);
}

Result<void> WeightRecord::save() const {
    std::error_code error;
    if (changes_.empty()) {
        std::filesystem::remove(file_, error);
        return error ? fail_errno(file_.string(), error.value()) : Result<void>();
    }
    std::filesystem::create_directories(file_.parent_path(), error);
    json units = json::object();
    for (const auto& [name, change] : changes_)
        units[name] = {{"before", change.before}, {"ours", change.ours}};
    const auto written = replace_file(file_, units.dump());
    return written ? Result<void>() : fail_errno(file_.string(), written.error());
}

}  // namespace gamesched::agent

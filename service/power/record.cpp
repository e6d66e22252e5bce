// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/power/record.h"

#include <spdlog/spdlog.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "service/base/file.h"

namespace gamesched {
namespace {

using nlohmann::json;

json to_json(const Change& change) {
    return {{"item", key_of(change.item)},
            {"path", change.path},
            {"before", change.before},
            {"ours", change.ours}};
}

// Those of an item that this version does not know are left out.
std::vector<Change> changes_from(const json& values) {
    std::vector<Change> changes;
    for (const json& value : values)
        if (const auto item = item_of(value.at("item").get<std::string>()))
            changes.push_back({*item, value.at("path"), value.at("before"), value.at("ours")});
    return changes;
}

}  // namespace

PowerRecord::PowerRecord(const std::filesystem::path& directory) {
    if (directory.empty())
        return;
    file_ = directory / "power.json";
    std::ifstream stream(file_);
    if (!stream)
        return;
    try {
        const json value = json::parse(stream);
        changes_ = changes_from(value.at("changes"));
        released_ = value.at("released");
    } catch (const json::exception& error) {
        spdlog::error("power: {} is damaged and ignored; nothing is put back: {}", file_.string(),
                      error.what());
        changes_.clear();
    }
}

Result<void> PowerRecord::set_changes(std::vector<Change> changes) {
    if (changes == changes_)
        return {};
    std::swap(changes_, changes);
    auto saved = save();
    if (!saved)
        std::swap(changes_, changes);
    return saved;
}

Result<void> PowerRecord::set_released(bool released) {
    if (released == released_)
        return {};
    released_ = released;
    return save();
}

Result<void> PowerRecord::save() const {
    if (file_.empty())
        return fail(ErrorKind::kFailed, "there is no runtime directory");
    if (changes_.empty() && !released_) {
        std::error_code error;
        std::filesystem::remove(file_, error);
        if (error)
            return fail_errno(file_.string(), error.value());
        return {};
    }
    json value = {{"changes", json::array()}, {"released", released_}};
    for (const Change& change : changes_)
        value["changes"].push_back(to_json(change));
    const auto written =
        replace_file(file_, value.dump(-1, ' ', false, json::error_handler_t::replace));
    if (!written)
        return fail_errno(file_.string(), written.error());
    return {};
}

}  // namespace gamesched

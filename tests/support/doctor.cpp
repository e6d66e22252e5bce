// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/doctor.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gamesched::test {

Examination::Examination(const Output& output) : status_(output.status) {
    const auto json = nlohmann::json::parse(output.text, nullptr, false);
    if (!json.is_object() || !json.contains("Findings")) {
        ADD_FAILURE() << "this is no examination: " << output.text;
        return;
    }
    for (const auto& finding : json["Findings"]) {
        const auto text = [&](const char* key) { return finding.at(key).get<std::string>(); };
        findings_[text("Name")] = {text("Verdict"), text("What"), text("Remedy")};
    }
}

Finding Examination::operator[](const std::string& name) const {
    const auto found = findings_.find(name);
    return found == findings_.end() ? Finding() : found->second;
}

std::vector<std::string> Examination::all(const std::string& verdict) const {
    std::vector<std::string> names;
    for (const auto& [name, finding] : findings_)
        if (finding.verdict == verdict)
            names.push_back(name);
    return names;
}

}  // namespace gamesched::test

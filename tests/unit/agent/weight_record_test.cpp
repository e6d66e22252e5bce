// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/weight_record.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>

namespace gamesched::agent {
namespace {

namespace fs = std::filesystem;

constexpr char kUnit[] = "app-portal-1.scope";

struct Records : testing::Test {
    const fs::path root = fs::temp_directory_path() / std::format("gamesched-weights-{}", getpid());
    const fs::path file = root / "made/weights.json";

    ~Records() override { fs::remove_all(root); }
};

TEST_F(Records, LastAsLongAsThereIsSomethingToPutBack) {
    const WeightChange change{.before = UINT64_MAX, .ours = 400};
    {
        WeightRecord record(file.parent_path());
        EXPECT_TRUE(record.changes().empty());
        ASSERT_TRUE(record.add(kUnit, change));
    }
    WeightRecord record(file.parent_path());
    ASSERT_EQ(record.changes().size(), 1u);
    EXPECT_EQ(record.changes().at(kUnit), change);
    record.remove(kUnit);
    EXPECT_FALSE(fs::exists(file));
}

TEST_F(Records, ThatAreDamagedCountAsNone) {
    fs::create_directories(file.parent_path());
    for (const char* text :
         {"", "{", "[]", "[1]", R"({"a":{"before":1}})", R"({"a":{"before":-1,"ours":1}})",
          R"({"a":{"before":"x","ours":1}})"}) {
        std::ofstream(file) << text;
        EXPECT_TRUE(WeightRecord(file.parent_path()).changes().empty()) << text;
    }
}

TEST_F(Records, ThatCannotBeWrittenSayWhy) {
    fs::create_directories(root);
    std::ofstream(root / "made") << "no directory";
    WeightRecord record(file.parent_path());
    const auto added = record.add(kUnit, {.before = 1, .ours = 2});
    ASSERT_FALSE(added);
    EXPECT_TRUE(added.error().message.contains("weights.json")) << added.error().message;
    EXPECT_TRUE(record.changes().empty());
}

}  // namespace
}  // namespace gamesched::agent

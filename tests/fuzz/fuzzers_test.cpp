// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Each fuzzer reads its corpus, and then makes inputs of its own for a while.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <format>
#include <iostream>

#include "tests/support/shell.h"

namespace gamesched::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kParserSeed = 20'261'126;
constexpr unsigned kSeconds = 4, kSecondsLong = 300;

struct Fuzzer : testing::TestWithParam<const char*> {
    const std::string program = std::format("{}/gamesched-fuzz-{}", FUZZERS, GetParam());
    const fs::path corpus = fs::path(CORPUS) / GetParam();
    // Beside the program, so that it is still there when the test has ended.
    const std::string found = std::format("{}/found-by-{}-", FUZZERS, GetParam());
    const fs::path fresh =
        fs::temp_directory_path() / std::format("gamesched-fuzz-{}-{}", GetParam(), getpid());

    Fuzzer() { fs::create_directories(fresh); }
    ~Fuzzer() override { fs::remove_all(fresh); }

    void run(const std::string& options) const {
        const test::Output output =
            test::sh(std::format("{} -timeout=20 -rss_limit_mb=2048 -max_len=4096 "
                                 "-artifact_prefix={} {}",
                                 program, found, options));
        EXPECT_EQ(output.status, 0)
            << output.text << "\nagain: ./dev shell -- " << program << " " << found << "…";
        std::cout << output.text.substr(output.text.rfind('\n') + 1) << std::endl;
    }
};

TEST_P(Fuzzer, FindsNothing) {
    ASSERT_FALSE(fs::is_empty(corpus));
    run(std::format("-runs=0 {}", corpus.string()));
    const unsigned seconds = getenv("GAMESCHED_TEST_LONG") ? kSecondsLong : kSeconds;
    std::cout << std::format("{} s, seed {}\n", seconds, kParserSeed) << std::flush;
    run(std::format("-seed={} -max_total_time={} {} {}", kParserSeed, seconds, fresh.string(),
                    corpus.string()));
}

INSTANTIATE_TEST_SUITE_P(Parsers, Fuzzer,
                         testing::Values("config", "ini", "proc", "rules", "titles"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gamesched::fuzz

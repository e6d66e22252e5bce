// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What each BPF program costs the verifier, compared with what is recorded in
// tests/fixtures/verifier-costs.txt. A program that got much dearer may be refused by an older
// kernel long before it reaches the limit of a million.

#include <bpf/bpf.h>

#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

constexpr double kTolerance = 1.25;  // kernels of one series differ by a few percent

// "hook/gs_exec", "operation/gs_dispatch" → instructions processed.
using Costs = std::map<std::string, uint32_t>;

Costs recorded() {
    Costs costs;
    std::ifstream file(TESTSDIR "/verifier-costs.txt");
    std::string line;
    while (std::getline(file, line)) {
        std::istringstream words(line);
        std::string name;
        uint32_t cost = 0;
        if (words >> name >> cost)
            costs[name] = cost;
    }
    return costs;
}

// Of all programs that are loaded now and carry our prefix.
Costs measured() {
    Costs costs;
    for (uint32_t id = 0; bpf_prog_get_next_id(id, &id) == 0;) {
        const int fd = bpf_prog_get_fd_by_id(id);
        bpf_prog_info info = {};
        uint32_t size = sizeof(info);
        if (fd >= 0 && bpf_prog_get_info_by_fd(fd, &info, &size) == 0 &&
            std::string_view(info.name).starts_with("gs_")) {
            const char* kind = info.type == BPF_PROG_TYPE_STRUCT_OPS ? "operation/" : "hook/";
            costs[kind + std::string(info.name)] = info.verified_insns;
        }
        if (fd >= 0)
            close(fd);
    }
    return costs;
}

using Verifier = Vm;

TEST_F(Verifier, ProgramsCostWhatIsRecorded) {
    const Child game = sleeper();
    ASSERT_TRUE(succeeds(register_game(game.pid())));
    ASSERT_EQ(ops(), "gamesched");
    const Costs now = measured(), before = recorded();
    std::cout << "instructions that the verifier processed on " << sh("uname -r").text << ":\n";
    for (const auto& [name, cost] : now) {
        std::cout << name << ' ' << cost << '\n';
        const auto record = before.find(name);
        if (record == before.end()) {
            ADD_FAILURE() << name << " is not recorded";
            continue;
        }
        EXPECT_LE(cost, record->second * kTolerance)
            << name << ": " << record->second << " are recorded";
        EXPECT_GE(cost * kTolerance, record->second) << name << " got cheaper: record that";
    }
    for (const auto& [name, cost] : before)
        EXPECT_TRUE(now.contains(name)) << name << " is recorded but not loaded";
}

}  // namespace
}  // namespace gamesched::test

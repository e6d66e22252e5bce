// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The examples, as users would copy them, with the real daemon. Those in C are built by the command
// that stands in them.

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "tests/bus/bus.h"
#include "tests/support/listener.h"

namespace gamesched::test {
namespace {

using namespace std::chrono_literals;

struct Examples : Bus {
    Examples() { fs::copy(EXAMPLES, root / "examples"); }

    Output in_examples(const std::string& command) const {
        return sh(std::format("cd {} && timeout 60 {}", (root / "examples").string(), command));
    }
    // Runs the line "//     gcc …" of the file.
    void build(const std::string& file) const {
        std::ifstream text(root / "examples" / file);
        std::string line;
        while (std::getline(text, line) && !line.starts_with("//     gcc "))
            continue;
        ASSERT_FALSE(line.empty()) << file << " does not say how it is built";
        const Output built = in_examples("sh -c '" + line.substr(line.find("gcc")) +
                                         " -Wall -Wextra -Wno-unused-parameter -Werror'");
        ASSERT_EQ(built.status, 0) << built.text;
    }

    // A game from its start to its end, with its exit status; and without the service.
    void expect_game(const std::string& command) {
        const Listener listener;
        const Output output = in_examples(command + " sh -c 'sleep 0.3; echo it played; exit 7'");
        EXPECT_EQ(output.status, 7) << output.text;
        EXPECT_TRUE(output.text.contains("it played")) << output.text;
        EXPECT_TRUE(output.text.contains("registered: /org/gamesched1/game/1")) << output.text;
        EXPECT_TRUE(output.text.contains("ended: ")) << output.text;
        EXPECT_TRUE(output.text.contains("exited")) << output.text;
        EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; }));
        ASSERT_EQ(listener.started().size(), 1u);
        EXPECT_EQ(listener.started()[0].name, "sh");
        EXPECT_EQ(listener.started()[0].app_id, "org.example.Launcher");
        daemon.reset();
        const Output without = in_examples(command + " sh -c 'echo it played; exit 7'");
        EXPECT_EQ(without.status, 7) << without.text;
        EXPECT_TRUE(without.text.contains("it played")) << without.text;
        EXPECT_TRUE(without.text.contains("without gaming mode: ")) << without.text;
    }

    // A hold that is released, one that is cancelled, and without the service.
    void expect_hold(const std::string& command) {
        Listener listener;
        const fs::path log = root / "log";
        const auto begin = [&](int seconds) {
            std::ofstream(log) << "";
            auto process = std::make_unique<Process>(std::vector<std::string>{
                "sh", "-c",
                std::format("cd {} && exec {} {} > {} 2>&1", (root / "examples").string(), command,
                            seconds, log.string())});
            EXPECT_TRUE(eventually([&] { return listener.Holds().size() == 1; })) << read_text(log);
            return process;
        };
        const auto ends = [&](Process& process, const std::string& with) {
            EXPECT_TRUE(eventually([&] { return process.status() == 0; }, 30s)) << read_text(log);
            EXPECT_TRUE(read_text(log).starts_with("held\n" + with)) << read_text(log);
            EXPECT_TRUE(listener.Holds().empty());
        };
        const auto released = begin(2);
        EXPECT_TRUE(listener.Active());
        EXPECT_EQ(listener.Holds().at(0).at("AppId").get<std::string>(), "org.example.Stream");
        ends(*released, "released");
        const auto cancelled = begin(60);
        listener.SetMode("auto");
        ends(*cancelled, "cancelled");
        daemon.reset();
        const Output without = in_examples(command + " 1");
        EXPECT_EQ(without.status, 1) << without.text;
        EXPECT_TRUE(without.text.contains("without gaming mode: ")) << without.text;
    }
};

TEST_F(Examples, GameInShell) {
    expect_game("./game.sh");
}

TEST_F(Examples, GameInPython) {
    expect_game("./game.py");
}

TEST_F(Examples, GameInCWithGDBus) {
    build("game.c");
    expect_game("./game");
}

TEST_F(Examples, HoldInPython) {
    expect_hold("./hold.py");
}

TEST_F(Examples, HoldInCWithSdBus) {
    build("hold.c");
    expect_hold("./hold");
}

}  // namespace
}  // namespace gamesched::test

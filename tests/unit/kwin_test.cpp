// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// data/kwin: KWin's script, in a JavaScript engine with as much of KWin as it uses.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

constexpr char kScript[] = SHARED_DATA "/kwin/contents/code/main.js";

// The script with `active` as the window that has the focus, and the windows that get it then.
std::string told(const std::string& active, const std::string& windows) {
    const auto file =
        std::filesystem::temp_directory_path() / std::format("gamesched-kwin-{}.js", getpid());
    std::ofstream(file) << "let handler; const callDBus = (...all) => print(all.join(' '));\n"
                           "const workspace = {activeWindow: "
                        << active << ", windowActivated: {connect: (f) => { handler = f; }}};\n"
                        << read_text(kScript) << "[" << windows << "].forEach(handler);\n";
    const Output output = sh("qjs --script " + file.string());
    std::filesystem::remove(file);
    return output.text;
}

TEST(KWin, EachWindowThatGetsTheFocusIsTold) {
    const std::string call =
        "org.gamesched1.Agent /org/gamesched1/Agent org.gamesched1.Agent SetFocus ";
    EXPECT_EQ(told("{pid: 70}", "{pid: 71}, {pid: 71}, null, {pid: -1}"),
              call + "70\n" + call + "71\n" + call + "71\n" + call + "0\n" + call + "0");
    EXPECT_EQ(told("null", ""), call + "0");
}

TEST(KWin, ThePackageIsOneOfPlasma6) {
    const auto package = nlohmann::json::parse(read_text(SHARED_DATA "/kwin/metadata.json"));
    EXPECT_EQ(package.at("KPackageStructure"), "KWin/Script");
    EXPECT_EQ(package.at("X-Plasma-API"), "javascript");
    EXPECT_EQ(package.at("KPlugin").at("Id"), "gamesched") << "its folder has the same name";
    EXPECT_TRUE(std::filesystem::exists(SHARED_DATA "/kwin/contents/" +
                                        package.at("X-Plasma-MainScript").get<std::string>()));
}

}  // namespace
}  // namespace gamesched::test

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// dbus/document.py: the manual of the interfaces is complete, or it is not made.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <format>
#include <fstream>
#include <string>

#include "tests/support/shell.h"

namespace gamesched::test {
namespace {

namespace fs = std::filesystem;

struct Interfaces : testing::Test {
    fs::path root = fs::temp_directory_path() / std::format("gamesched-interfaces-{}", getpid());

    Interfaces() { fs::create_directories(root); }
    ~Interfaces() override { fs::remove_all(root); }

    Output document(const std::string& form, const std::string& inputs) const {
        return sh(std::format("python3 {}/document.py {} {} {}", DBUS, form,
                              (root / "output").string(), inputs));
    }
    // What is made of one interface with these comments.
    Output of(const std::string& before_interface, const std::string& before_method) const {
        std::ofstream(root / "input.xml")
            << "<node>" << before_interface << "<interface name='a.B'>" << before_method
            << "<method name='Do'><arg name='what' type='s' direction='in'/>"
               "<arg name='done' type='b' direction='out'/></method></interface></node>";
        Output output = document("markdown", root / "input.xml");
        if (output.status == 0)
            output.text = read_text(root / "output");
        return output;
    }
};

constexpr char kInterface[] = "<!--\n a.B:\n @short_description: Something\n-->";
constexpr char kMethod[] = "<!--\n Do:\n @what: a word\n @done: whether\n\n Does it.\n-->";

TEST_F(Interfaces, WhatIsDocumentedIsInTheManual) {
    const Output output = of(kInterface, kMethod);
    EXPECT_EQ(output.status, 0) << output.text;
    for (const char* part : {"# a.B\n\nSomething.", "Do(s what) → (b done)", "* `what`: a word",
                             "* `done`: whether", "Does it."})
        EXPECT_TRUE(output.text.contains(part)) << part << " is not in\n" << output.text;
}

TEST_F(Interfaces, WhatIsNotDocumentedIsNamed) {
    const auto expect_named = [](const Output& output, const char* what) {
        EXPECT_EQ(output.status, 1);
        EXPECT_TRUE(output.text.contains(what)) << output.text;
    };
    expect_named(of("", kMethod), "a.B: is not documented");
    expect_named(of("<!-- a.B: x -->", kMethod), "a.B: has no @short_description");
    expect_named(of(kInterface, ""), "a.B: Do is not documented");
    expect_named(of(kInterface, "<!-- Undo: x -->"), "Do is not documented: the comment before it");
    expect_named(of(kInterface, "<!--\n Do:\n @what: a word\n\n Does it.\n-->"),
                 "Do has an argument that is not documented: done");
    expect_named(
        of(kInterface, "<!--\n Do:\n @what: a word\n @done: whether\n @where: x\n\n D.\n-->"),
        "Do has no such argument: where");
    expect_named(of(kInterface, "<!--\n Do:\n @what: a word\n @done: whether\n-->"),
                 "Do is not documented");
}

TEST_F(Interfaces, LinesWithAGapAreEntriesOfAList) {
    const Output output =
        of(kInterface,
           "<!--\n Do:\n @what: any of\n     One s   the first\n             of all\n"
           "     Two s   the second\n @done: whether\n\n Errors:\n   Bad   it is\n-->");
    EXPECT_TRUE(output.text.contains("  * `One s`: the first of all\n  * `Two s`: the second\n"))
        << output.text;
    EXPECT_TRUE(output.text.contains("Errors:\n\n* `Bad`: it is\n")) << output.text;
}

TEST_F(Interfaces, AllOfOursAreDocumented) {
    for (const std::string form : {"markdown", "man"}) {
        const Output output =
            document(form, DBUS "/org.gamesched1.*.xml " DBUS "/com.feralinteractive.*.xml");
        EXPECT_EQ(output.status, 0) << output.text;
        const std::string manual = read_text(root / "output");
        for (const char* member : {"RegisterGameByPidFd", "GameExited", "SetTunable", "StartedUSec",
                                   "WatchdogTripped", "QueryStatusByPIDFd", "ClientCount"})
            EXPECT_TRUE(manual.contains(member)) << form << ": " << member;
    }
}

}  // namespace
}  // namespace gamesched::test

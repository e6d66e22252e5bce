// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/agent/vdf.h"

#include <gtest/gtest.h>

#include <format>
#include <random>

namespace gamesched::agent {
namespace {

// "a.b=value;" for each value, and "wrong" at the end of a wrong text.
std::string values_of(std::string_view text) {
    std::string all;
    const bool whole = visit_vdf(text, [&](const auto& keys, const std::string& value) {
        for (const std::string& key : keys)
            all += key + (&key == &keys.back() ? "=" : ".");
        all += value + ";";
    });
    return whole ? all : all + "wrong";
}

TEST(Vdf, ValuesBelongToTheKeysAroundThem) {
    EXPECT_EQ(
        values_of("\"AppState\"\n{\n\t\"appid\"\t\t\"620\"\n\t\"Inner\"\n\t{\n\t\t\"a\" \"1\"\n"
                  "\t}\n\t\"name\" \"Portal 2\"\n}\n\"last\" \"one\""),
        "AppState.appid=620;AppState.Inner.a=1;AppState.name=Portal 2;last=one;");
    EXPECT_EQ(values_of(""), "");
    EXPECT_EQ(values_of("empty {}"), "");
}

TEST(Vdf, QuotesMayBeMissingAndEscaped) {
    EXPECT_EQ(values_of("a{b c d \"e {\\\"f\\\" \\\\ //}\"}"), "a.b=c;a.d=e {\"f\" \\ //};");
}

TEST(Vdf, CommentsAndConditionsSayNothing) {
    EXPECT_EQ(values_of("// a\na b // c\nd e [$WIN32]\nf g"), "a=b;d=e;f=g;");
}

TEST(Vdf, WrongTextsAreTold) {
    for (const char* text :
         {"a", "a {", "a { b", "}", "a b }", "{", "a { b }", "\"a", "a \"b", "\"\\"})
        EXPECT_TRUE(values_of(text).ends_with("wrong")) << text;
}

TEST(Vdf, DepthHasALimit) {
    const auto deep = [](size_t depth) {
        std::string text;
        for (size_t i = 0; i < depth; ++i)
            text += "a{";
        return text + std::string(depth, '}');
    };
    EXPECT_EQ(values_of(deep(kMaxVdfDepth)), "");
    EXPECT_EQ(values_of(deep(kMaxVdfDepth + 1)), "wrong");
    EXPECT_EQ(values_of(deep(100'000)), "wrong");
}

TEST(Vdf, AnyTextIsReadToItsEnd) {
    std::minstd_rand random(1);
    constexpr std::string_view kLetters = std::string_view("ab{}\"\\/[ \n\0\xff", 12);
    for (int round = 0; round < 2000; ++round) {
        std::string text;
        while (text.size() < 40)
            text += kLetters[random() % kLetters.size()];
        values_of(text);
    }
}

TEST(Vdf, KeysAreTheSameWhateverTheirCase) {
    EXPECT_TRUE(is_key("AppState", "appstate"));
    EXPECT_FALSE(is_key("AppState", "AppStat"));
}

}  // namespace
}  // namespace gamesched::agent

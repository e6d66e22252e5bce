// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The page of `gamesched report --html` in a real browser, made from what the real service
// remembers.

#include <fstream>

#include "tests/bus/bus.h"
#include "tests/support/browser.h"

namespace gamesched::test {
namespace {

// A game of two hours, as the service has it in its history.
constexpr char kGame[] =
    R"({"Name":"Tux & <b id=\"bold\">Friends</b>","AppId":"620","Executable":"/games/tux","User":0,)"
    R"("Source":"detected","Profile":"balanced","Cause":"exited","StartedUSec":1767225600000000,)"
    R"("DurationUSec":8040000000,"Waits":{"Count":1503211,"SumUSec":90500000,"P50USec":24,)"
    R"("P99USec":5120,"MaxUSec":80000,"Buckets":[[1,120],[3,41000],[6,98000],[12,310000],)"
    R"([24,700000],[48,250000],[96,80000],[192,20000],[384,3000],[1536,900],[5120,180],)"
    R"([81920,11]]},"WaitsByRole":{"gpu":{"Count":40000,"SumUSec":900000,"P50USec":12,)"
    R"("P99USec":384,"MaxUSec":1536,"Buckets":[[12,40000]]}},"WorstWait":{"Role":"none","WaitUSec":80000,)"
    R"("AfterUSec":192000000},"Counted":{"GamePreemptions":712,)"
    R"("Rescues":1,"Migrations":4211},"LateFrames":17,"Frames":{"Count":482400,)"
    R"("SumUSec":8040000000,"P50USec":16384,"P99USec":20480,"MaxUSec":65536,)"
    R"("Buckets":[[14336,100],[16384,482000],[20480,283],[65536,17]]}})";
// One that the scheduler was not attached for.
constexpr char kUnmeasured[] =
    R"({"Name":"Quiet","AppId":"","Executable":"/games/quiet","User":0,"Source":"registered",)"
    R"("Profile":"balanced","Cause":"unregistered","StartedUSec":1767225500000000,)"
    R"("DurationUSec":1000000})";

struct Page : Bus {
    Page() {
        std::ofstream(root / "state/history-0.jsonl") << kGame << '\n' << kUnmeasured << '\n';
    }

    void show(const std::string& game) {
        const fs::path page = root / (game + ".html");
        const Output written =
            sh(std::format(GAMESCHED " report {} --html {}", game, page.string()));
        ASSERT_EQ(written.status, 0) << written.text;
        browser.open(page);
        const std::vector<std::string> itself = {"file://" + page.string()};
        EXPECT_EQ(browser.requests(), itself) << "it needs nothing else";
        EXPECT_EQ(browser.complaints(), std::vector<std::string>());
    }
    std::string text(const std::string& expression = "document.body.innerText") {
        return browser.evaluate(expression).get<std::string>();
    }
    double number(const std::string& expression) {
        return browser.evaluate(expression).get<double>();
    }

    Browser browser;
};

TEST_F(Page, SaysAndDrawsWhatIsKnownOfAGame) {
    browser.set_window(1200, 900);
    show("tux");
    EXPECT_EQ(text("document.title"), "Tux & <b id=\"bold\">Friends</b>");
    EXPECT_EQ(number("document.querySelectorAll('#bold').length"), 0) << "a name is no markup";
    for (const char* words : {"Tux & <b id=\"bold\">Friends</b>", "2 h 14 min", "it exited",
                              "/games/tux", "1503211", "role gpu", "80 ms", "logarithmic",
                              "80 ms for a CPU, after 3 min 12 s, by a thread without a role"})
        EXPECT_TRUE(text().contains(words)) << words << " is not in\n" << text();

    EXPECT_GT(number("document.querySelector('svg').getBoundingClientRect().width"), 500);
    EXPECT_GT(number("document.querySelector('svg').getBoundingClientRect().height"), 200);
    EXPECT_EQ(number("document.querySelectorAll('svg').length"), 2) << "waits and frames";
    EXPECT_EQ(number("document.querySelectorAll('svg')[0].querySelectorAll('rect').length"), 12)
        << "one for each bucket";
    EXPECT_EQ(number("document.querySelectorAll('svg')[1].querySelectorAll('rect').length"), 4);
    EXPECT_TRUE(text().contains("482400, 17 of them late")) << text();
    EXPECT_EQ(number(R"js((() => {
                  return [...document.querySelectorAll('svg rect, svg text')].filter(part => {
                      const area = part.closest('svg').getBoundingClientRect();
                      const box = part.getBoundingClientRect();
                      return box.width <= 0 || box.height <= 0 || box.left < area.left ||
                             box.right > area.right || box.top < area.top || box.bottom > area.bottom;
                  }).length;
              })())js"),
              0)
        << "of what is drawn nothing is cut off";
}

TEST_F(Page, OfAGameThatWasNotMeasuredThereIsNoDrawing) {
    show("quiet");
    EXPECT_TRUE(text().contains("Nothing is known of waits for a CPU")) << text();
    EXPECT_EQ(number("document.querySelectorAll('svg').length"), 0);
}

TEST_F(Page, IsReadableInANarrowWindowAndInTheDark) {
    constexpr char kTextHeight[] =
        "document.querySelector('svg text').getBoundingClientRect().height";
    constexpr char kColours[] =
        "getComputedStyle(document.body).color + getComputedStyle(document.documentElement)"
        ".backgroundColor + getComputedStyle(document.querySelector('svg text')).fill";
    browser.set_window(360, 640);
    browser.set_dark(false);
    show("tux");
    EXPECT_LE(number("document.documentElement.scrollWidth"), 360) << "the page fits";
    EXPECT_GE(number(kTextHeight), 10);
    const std::string light = text(kColours);
    browser.set_dark(true);
    EXPECT_NE(text(kColours), light);
}

}  // namespace
}  // namespace gamesched::test

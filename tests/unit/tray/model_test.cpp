// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// What the tray shows for what it knows: each state, each menu, and names that nobody should have.

#include "desktop/tray/model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <string>
#include <string_view>

#include <libintl.h>

#include "desktop/tray/translation.h"
#include "tests/support/shell.h"
#include "tests/unit/client/time_zone.h"

namespace gamesched::tray {
namespace {

using namespace std::chrono_literals;

const client::WallTime kThursday{std::chrono::sys_days{std::chrono::November / 26 / 2026} + 14h +
                                 3min + 22s};

Facts idle() {
    return {.reachable = true,
            .mode = "auto",
            .profile = "balanced",
            .profiles = {"balanced", "battery", "esports"},
            .scheduler = "detached"};
}

GameFacts game(std::string name, int number = 1) {
    return {.object = "/org/gamesched1/game/" + std::to_string(number),
            .pid = 4711,
            .main_pid = 4712,
            .name = std::move(name),
            .source = "detected",
            .started = kThursday,
            .evidence = {"it is in a Steam library"}};
}

Facts playing(std::string name = "Hollow Knight") {
    Facts facts = idle();
    facts.active = true;
    facts.scheduler = "attached";
    facts.games = {game(std::move(name))};
    return facts;
}

Facts without_scheduler(std::string state) {
    Facts facts = playing();
    facts.scheduler = std::move(state);
    facts.reason = "because of this";
    return facts;
}

const Entry* find(const std::vector<Entry>& menu, std::string_view id) {
    const auto found = std::ranges::find(menu, id, &Entry::id);
    return found == menu.end() ? nullptr : &*found;
}

const Entry& entry(const std::vector<Entry>& menu, std::string_view id) {
    static const Entry kNone;
    const Entry* found = find(menu, id);
    EXPECT_TRUE(found) << id;
    return found ? *found : kNone;
}

std::vector<Entry> menu(const Facts& facts, const Preferences& preferences = {}) {
    return view_of(facts, preferences).menu;
}

// All labels, of submenus too.
std::vector<std::string> labels(const std::vector<Entry>& menu) {
    std::vector<std::string> all;
    for (const Entry& each : menu) {
        all.push_back(each.label);
        std::ranges::copy(labels(each.children), std::back_inserter(all));
    }
    return all;
}

bool has_unique_ids(const std::vector<Entry>& menu) {
    std::vector<std::string> ids;
    for (const Entry& each : menu) {
        ids.push_back(each.id);
        if (!has_unique_ids(each.children))
            return false;
    }
    std::ranges::sort(ids);
    return std::ranges::adjacent_find(ids) == ids.end();
}

// ------------------------------------------------------------------ states

TEST(TrayModel, WithoutGamesItIsOff) {
    const View view = view_of(idle(), {});
    EXPECT_EQ(view.state, State::kOff);
    EXPECT_EQ(view.text, "Gaming mode is off: no game runs");
}

TEST(TrayModel, SwitchedOffItIsOffWhateverRuns) {
    Facts facts = playing();
    facts.active = false;
    facts.mode = "off";
    facts.scheduler = "detached";
    const View view = view_of(facts, {});
    EXPECT_EQ(view.state, State::kOff);
    EXPECT_EQ(view.text, "Gaming mode is switched off\n• Hollow Knight");
}

TEST(TrayModel, WithAGameItIsGaming) {
    const View view = view_of(playing(), {});
    EXPECT_EQ(view.state, State::kGaming);
    EXPECT_EQ(view.text, "Gaming mode is on\n• Hollow Knight");
}

TEST(TrayModel, WhileTheSchedulerIsOnItsWayThereIsNoTrouble) {
    EXPECT_EQ(view_of(without_scheduler("attaching"), {}).state, State::kGaming);
}

TEST(TrayModel, GamingModeWithoutTheSchedulerIsTroubleAndSaysWhy) {
    for (const auto& [state, sentence] :
         {std::pair("ejected", "Gaming mode is on, but the scheduler was removed"),
          std::pair("foreign", "Gaming mode is on, but another scheduler is attached"),
          std::pair("unsupported",
                    "Gaming mode is on, but this kernel cannot run the scheduler")}) {
        const View view = view_of(without_scheduler(state), {});
        EXPECT_EQ(view.state, State::kTrouble) << state;
        EXPECT_EQ(view.text, std::string(sentence) + "\nbecause of this\n• Hollow Knight");
        EXPECT_EQ(entry(view.menu, "status").label, sentence);
        EXPECT_EQ(entry(view.menu, "reason").label, "because of this");
    }
}

TEST(TrayModel, ASchedulerThatIsNotWantedIsNoTrouble) {
    for (const char* state : {"foreign", "unsupported"}) {
        Facts facts = idle();
        facts.scheduler = state;
        facts.reason = "because of this";
        const View view = view_of(facts, {});
        EXPECT_EQ(view.state, State::kOff) << state;
        EXPECT_FALSE(find(view.menu, "reason")) << state;
    }
}

TEST(TrayModel, WithoutTheServiceThereIsTroubleAndNothingToChoose) {
    const View view = view_of({}, {});
    EXPECT_EQ(view.state, State::kTrouble);
    EXPECT_TRUE(view.text.contains("systemctl start gameschedd")) << view.text;
    EXPECT_FALSE(find(view.menu, "mode"));
    EXPECT_FALSE(find(view.menu, "profile"));
    EXPECT_TRUE(find(view.menu, "quit"));
}

TEST(TrayModel, EachStateHasItsOwnIcon) {
    EXPECT_STREQ(icon_of(State::kOff), "gamesched-off-symbolic");
    EXPECT_STREQ(icon_of(State::kGaming), "gamesched-gaming-symbolic");
    EXPECT_STREQ(icon_of(State::kTrouble), "gamesched-trouble-symbolic");
}

// ------------------------------------------------------------------ the menu

TEST(TrayModel, TheModeInForceIsChecked) {
    Facts facts = idle();
    facts.mode = "on";
    const Entry mode = entry(menu(facts), "mode");
    EXPECT_EQ(mode.label, "Gaming mode: always on");
    ASSERT_EQ(mode.children.size(), 3u);
    EXPECT_FALSE(entry(mode.children, "auto").checked);
    EXPECT_TRUE(entry(mode.children, "on").checked);
    EXPECT_FALSE(entry(mode.children, "off").checked);
    EXPECT_EQ(entry(mode.children, "off").kind, EntryKind::kChoice);
    EXPECT_EQ(entry(mode.children, "off").action, (Action{Command::kSetMode, "off"}));
}

TEST(TrayModel, AllProfilesCanBeChosen) {
    const Entry profile = entry(menu(idle()), "profile");
    EXPECT_EQ(profile.label, "Profile: balanced");
    ASSERT_EQ(profile.children.size(), 3u);
    EXPECT_TRUE(entry(profile.children, "balanced").checked);
    EXPECT_FALSE(entry(profile.children, "esports").checked);
    EXPECT_EQ(entry(profile.children, "esports").action, (Action{Command::kSetProfile, "esports"}));
}

TEST(TrayModel, AGameSaysHowItWasFound) {
    const client::TimeZone utc{"UTC0"};
    const Entry detected = entry(menu(playing()), "/org/gamesched1/game/1");
    EXPECT_EQ(detected.label, "Hollow Knight");
    EXPECT_EQ(entry(detected.children, "how").label, "Found by what it is and does");
    EXPECT_EQ(entry(detected.children, "evidence 1").label, "    it is in a Steam library");
    EXPECT_EQ(entry(detected.children, "since").label, "Since Thu 14:03, process 4712");
    EXPECT_EQ(entry(detected.children, "ignore").action,
              (Action{Command::kIgnoreGame, "/org/gamesched1/game/1"}));

    Facts facts = playing();
    facts.games[0].source = "registered";
    const Entry registered = entry(menu(facts), "/org/gamesched1/game/1");
    EXPECT_EQ(entry(registered.children, "how").label, "A program said that it is a game");
    EXPECT_FALSE(find(registered.children, "evidence 1"));
}

TEST(TrayModel, OfManyGamesSomeAreShownAndTheOthersCounted) {
    Facts facts = playing();
    facts.games.clear();
    for (int i = 1; i <= 13; ++i)
        facts.games.push_back(game("game", i));
    const View view = view_of(facts, {});
    EXPECT_TRUE(find(view.menu, "/org/gamesched1/game/10"));
    EXPECT_FALSE(find(view.menu, "/org/gamesched1/game/11"));
    EXPECT_EQ(entry(view.menu, "more games").label, "and 3 more");
    EXPECT_TRUE(view.text.ends_with("and 3 more")) << view.text;
}

TEST(TrayModel, TheLastTripSaysWhenWhyAndWhatFollows) {
    const client::TimeZone utc{"UTC0"};
    Facts facts = idle();
    EXPECT_FALSE(find(menu(facts), "trip"));
    facts.trips = 1;
    facts.last_trip = {.reason = "runnable task stall", .action = "retry", .at = kThursday};
    const Entry trip = entry(menu(facts), "trip");
    EXPECT_EQ(trip.label, "Scheduler last removed: Thu 14:03");
    EXPECT_EQ(labels(trip.children),
              (std::vector<std::string>{"runnable task stall", "It is tried again after a while"}));
    facts.last_trip->action = "stay-off";
    EXPECT_EQ(entry(entry(menu(facts), "trip").children, "action").label,
              "It stays off: this has happened too often");
}

TEST(TrayModel, TripsThatWereNotSeenAreCounted) {
    Facts facts = idle();
    EXPECT_FALSE(find(menu(facts), "trips"));
    facts.trips = 1;
    EXPECT_EQ(entry(menu(facts), "trips").label, "The scheduler was removed 1 time");
    facts.trips = 2;
    EXPECT_EQ(entry(menu(facts), "trips").label, "The scheduler was removed 2 times");
}

TEST(TrayModel, TheMonitorNeedsATerminal) {
    EXPECT_FALSE(find(menu(idle()), "monitor"));
    EXPECT_EQ(entry(menu(idle(), {.has_terminal = true}), "monitor").action.command,
              Command::kMonitor);
}

TEST(TrayModel, TellingOfGamesIsTheUsersChoice) {
    EXPECT_FALSE(entry(menu(idle()), "notify").checked);
    const Entry notify = entry(menu(idle(), {.notify_games = true}), "notify");
    EXPECT_TRUE(notify.checked);
    EXPECT_EQ(notify.kind, EntryKind::kCheck);
}

TEST(TrayModel, NoEntryCanBeTakenForAnother) {
    Facts facts = without_scheduler("ejected");
    facts.games = {game("same", 1), game("same", 2)};
    facts.games[0].evidence = {"a", "a", "a"};
    facts.last_trip = TripFacts{};
    EXPECT_TRUE(has_unique_ids(menu(facts, {.notify_games = true, .has_terminal = true})));
}

// ------------------------------------------------------------------ hostile texts

TEST(TrayModel, NamesAreOneShortLine) {
    for (const std::string& name :
         {std::string("a\nb\tc\x1b[31m"), std::string(4096, 'x'), std::string("\xff\xfe"),
          std::string("exe.\u202etxt"), std::string("<b>&amp;</b>"), std::string()}) {
        const View view = view_of(playing(name), {});
        for (const std::string& label : labels(view.menu)) {
            EXPECT_EQ(client::printable(label), label);
            EXPECT_LE(client::columns(label), 104u) << label;
        }
        EXPECT_EQ(std::ranges::count(view.text, '\n'), 1) << view.text;
    }
}

TEST(TrayModel, ANameIsKeptAsFarAsItCanBeRead) {
    EXPECT_EQ(shown_name("a\nb"), "a b");
    EXPECT_EQ(shown_name(std::string(50, 'x')), std::string(39, 'x') + "…");
    EXPECT_EQ(shown_name("under_score <b>"), "under_score <b>");
    EXPECT_EQ(shown_name("\x1b"), "(no name)");
}

TEST(TrayModel, ReasonsAndEvidenceAreLinesToo) {
    Facts facts = without_scheduler("ejected");
    facts.reason = std::string(4096, 'y') + "\n";
    facts.games[0].evidence.assign(300, std::string(4096, '\n'));
    facts.last_trip = {.reason = "a\nb", .action = "c\nd", .at = {}};
    for (const std::string& label : labels(menu(facts)))
        EXPECT_LE(client::columns(label), 104u) << label;
    EXPECT_FALSE(find(entry(menu(facts), "/org/gamesched1/game/1").children, "evidence 7"));
    const Entry trip = entry(menu(facts), "trip");
    EXPECT_EQ(labels(trip.children), (std::vector<std::string>{"a b", "c d"}));
}

TEST(TrayModel, WordsOfALaterServiceAreShownAsTheyAre) {
    Facts facts = idle();
    facts.mode = "turbo";
    facts.scheduler = "resting";
    EXPECT_EQ(entry(menu(facts), "mode").label, "Gaming mode: turbo");
}

// ------------------------------------------------------------------ languages

TEST(TrayTranslation, ATranslationThatDoesNotFitIsShownAsItIs) {
    EXPECT_EQ(filled("{} of {}", 1, 2), "1 of 2");
    EXPECT_EQ(filled("{} of {}", 1), "{} of {}");
    EXPECT_EQ(filled("{", 1), "{");
}

// A locale of its own: minimal systems have none but C, which is never translated.
class German {
  public:
    German() {
        std::filesystem::create_directories(root_);
        EXPECT_EQ(
            test::sh("localedef --no-archive -i de_DE -f UTF-8 " + root_ + "/de_DE.UTF-8").text,
            "");
        ::setenv("LOCPATH", root_.c_str(), 1);
        EXPECT_TRUE(std::setlocale(LC_ALL, "de_DE.UTF-8"));
        bindtextdomain(kTextDomain, TRAY_LANGUAGES);
        bind_textdomain_codeset(kTextDomain, "UTF-8");
    }
    ~German() {
        std::setlocale(LC_ALL, "C");
        ::unsetenv("LOCPATH");
        std::filesystem::remove_all(root_);
    }

  private:
    std::string root_ =
        std::filesystem::temp_directory_path() / std::format("gamesched-locale-{}", getpid());
};

TEST(TrayTranslation, ThereIsGerman) {
    const German german;
    Facts facts = playing();
    facts.trips = 2;
    EXPECT_EQ(view_of(facts, {}).text, "Der Spielmodus ist an\n• Hollow Knight");
    EXPECT_EQ(entry(menu(facts), "mode").label, "Spielmodus: automatisch");
    const client::TimeZone utc{"UTC0"};
    EXPECT_EQ(entry(entry(menu(facts), "/org/gamesched1/game/1").children, "since").label,
              "Seit Do 14:03, Prozess 4712");
    EXPECT_EQ(entry(menu(facts), "trips").label, "Der Scheduler wurde 2 Mal entfernt");
    EXPECT_EQ(entry(menu(facts), "quit").label, "Beenden");
}

}  // namespace
}  // namespace gamesched::tray

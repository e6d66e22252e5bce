// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/judgement.h"

#include <algorithm>
#include <array>
#include <format>
#include <iterator>
#include <string_view>

namespace gamesched::client {
namespace {

constexpr std::size_t kLabelWidth = 13;

struct Meaning {
    std::string_view word;
    std::string_view meaning;
};

constexpr std::array kVerdicts{
    Meaning{"game", "yes"},
    Meaning{"undecided", "not yet: a GPU, threads or memory may make it one"},
    Meaning{"none", "no"},
};

constexpr std::array kKinds{
    Meaning{"launcher", "launcher: it starts games and is none"},
    Meaning{"wrapper", "wrapper: it runs one game, and belongs to it"},
    Meaning{"helper", "helper: it works for games, or installs them"},
    Meaning{"runner", "runner: it plays games"},
    Meaning{"tool", "tool: it makes games, or only looks like one"},
};

template <std::size_t N>
std::string meaning_of(const std::array<Meaning, N>& meanings, const std::string& word) {
    for (const Meaning& meaning : meanings)
        if (meaning.word == word)
            return std::string{meaning.meaning};
    return word;
}

std::string labelled(std::string_view label, const std::string& text) {
    return std::format("{:<{}}{}", label, kLabelWidth, text);
}

Lines evidence_lines(const std::vector<EvidenceView>& evidence) {
    Lines lines;
    for (const EvidenceView& piece : evidence)
        lines.push_back(std::format("  {:>+5}  {}", piece.weight, piece.what));
    return lines;
}

std::string name_and_app_id(const std::string& name, const std::string& app_id) {
    return app_id.empty() ? std::format("\"{}\"", name)
                          : std::format("\"{}\", AppId {}", name, app_id);
}

}  // namespace

Lines judgement_page(const Options& judgement) {
    const auto text = [&](const char* key) {
        return printable(value_or_default<std::string>(judgement, key));
    };
    const auto number = [&](const char* key) {
        return value_or_default<std::uint32_t>(judgement, key);
    };
    const std::vector<EvidenceView> evidence = evidence_views(judgement);
    const bool none = text("Verdict") == "none";
    Lines lines{labelled("Process", std::to_string(number("Pid"))),
                labelled("A game", meaning_of(kVerdicts, text("Verdict")))};
    if (text("Kind") != "unknown")
        lines.push_back(labelled("Known as", meaning_of(kKinds, text("Kind"))));
    if (!none)
        lines.push_back(labelled("Called", name_and_app_id(text("Name"), text("AppId"))));
    if (!none && number("Root") != number("Pid"))
        lines.push_back(labelled("Begins with", std::format("process {}", number("Root"))));
    const std::string game = printable(value_or_default<sdbus::ObjectPath>(judgement, "Game"));
    lines.push_back(labelled("Belongs to", game.empty() ? "no game" : game));
    if (evidence.empty()) {
        lines.push_back(labelled("Evidence", "none: nothing about it is typical of games"));
        lines.push_back("");
        lines.push_back(std::format(
            "If it is a game, \"gamesched run\" or \"gamesched register {}\" says so, or a rule in "
            "/etc/gamesched/games.d.",
            number("Pid")));
        return lines;
    }
    lines.push_back(labelled(
        "Evidence", std::format("{} of {}", value_or_default<std::int32_t>(judgement, "Weight"),
                                value_or_default<std::int32_t>(judgement, "Enough"))));
    std::ranges::move(evidence_lines(evidence), std::back_inserter(lines));
    return lines;
}

Lines why_games_page(const std::vector<GameView>& games) {
    if (games.empty())
        return {"no games"};
    Lines lines;
    for (const GameView& game : games) {
        lines.push_back(std::format("{}  {}, process {}", game.id,
                                    name_and_app_id(game.name, game.app_id), game.main_pid));
        if (game.source == "registered")
            lines.push_back("         a client said that it is one");
        else if (game.evidence.empty())
            lines.push_back("         found before the service was restarted");
        std::ranges::move(evidence_lines(game.evidence), std::back_inserter(lines));
    }
    return lines;
}

}  // namespace gamesched::client

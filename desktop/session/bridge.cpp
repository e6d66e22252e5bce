// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/session/bridge.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>
#include <utility>

#include "desktop/session/executable.h"
#include "service/base/clock.h"
#include "service/base/process.h"

namespace gamesched::session {
namespace {

constexpr size_t kMaxLoggedPath = 256;

std::optional<std::string> executable_of_requester(const Parties& parties) {
    return parties.game == parties.requester ? std::nullopt : find_executable(parties.requester);
}

uint64_t unix_seconds() {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(realtime_now()).count());
}

}  // namespace

Bridge::Bridge(Games& games, Effects& effects, SystemService& system_service,
               std::vector<std::filesystem::path> config_directories)
    : games_(games),
      effects_(effects),
      system_service_(system_service),
      config_directories_(std::move(config_directories)) {
    read_config();
}

void Bridge::read_config() {
    effects_.set_config(load(config_directories_));
    const std::vector<std::string> lines = remarks(effects_.config());
    if (lines != remarks_)
        for (const std::string& line : lines)
            spdlog::info("{}", line);
    remarks_ = lines;
}

void Bridge::register_game(Result<Fd> process, const Parties& parties, Answer answer) {
    // Nobody watches the files: the first game finds them as they are.
    if (games_.count() == 0)
        read_config();
    const int verdict = judge_change(effects_.config(), parties, executable_of_requester(parties));
    if (verdict != kDone || !process)
        return answer(verdict != kDone ? verdict : kFailed);
    if (Game* const present = games_.find(parties.game)) {
        if (!has_exited(present->pidfd.get()))
            return renew(*present, std::move(answer));
        // Its PID is another process's already, and the loop has not come to its end yet.
        return end_game(
            parties.game,
            [this, process = std::make_shared<Result<Fd>>(std::move(process)), parties,
             answer = std::move(answer)] { register_game(std::move(*process), parties, answer); });
    }
    auto executable = find_executable(parties.game);
    if (!executable || games_.is_full() || has_exited(process->get()) ||
        !is_allowed_game(effects_.config(), *executable))
        return answer(kFailed);
    begin_game(std::move(*process), parties, std::move(*executable), std::move(answer));
}

// exec() in the same process: libgamemodeauto in the new program registers again.
void Bridge::renew(Game& game, Answer answer) {
    auto executable = find_executable(game.pid);
    if (!executable)
        return answer(kFailed);
    effects_.apply_to(game.pid);
    if (*executable != game.executable) {
        game.executable = std::move(*executable);
        tell_.changed(game);
    }
    answer(kDone);
}

void Bridge::begin_game(Fd process, const Parties& parties, std::string executable, Answer answer) {
    const bool first = games_.count() == 0;
    const Game& game = games_.add({.pid = parties.game,
                                   .requester = parties.requester,
                                   .executable = std::move(executable),
                                   .registered_at = unix_seconds(),
                                   .pidfd = std::move(process)});
    spdlog::info("Game {}: {}, asked for by {}", game.pid,
                 printable(game.executable, kMaxLoggedPath), game.requester);
    effects_.apply_to(game.pid);
    const auto finish = [this, pid = game.pid, answer = std::move(answer)] {
        if (const Game* const known = games_.find(pid))
            tell_.registered(*known);
        answer(kDone);
    };
    system_service_.register_game(game.pidfd.get(), game.requester, [this, first, finish] {
        if (first)
            effects_.enter(finish);
        else
            finish();
    });
}

void Bridge::unregister_game(const Parties& parties, Answer answer) {
    const int verdict = judge_change(effects_.config(), parties, executable_of_requester(parties));
    if (verdict != kDone)
        return answer(verdict);
    if (games_.find(parties.game) == nullptr)
        return answer(kFailed);
    take_back(parties.game, [answer = std::move(answer)] { answer(kDone); });
}

// The process goes on.
void Bridge::take_back(pid_t pid, std::function<void()> done) {
    effects_.undo_for(pid);
    system_service_.unregister_game(games_.find(pid)->pidfd.get(),
                                    [this, pid, done = std::move(done)] { end_game(pid, done); });
}

void Bridge::on_end(pid_t pid, std::function<void()> done) {
    const Game* const game = games_.find(pid);
    if (game == nullptr || !has_exited(game->pidfd.get()))
        return done();
    end_game(pid, std::move(done));
}

void Bridge::end_game(pid_t pid, std::function<void()> done) {
    spdlog::info("Game {} ends", pid);
    games_.remove(pid);
    const auto finish = [this, pid, done = std::move(done)] {
        tell_.unregistered(pid);
        done();
    };
    if (games_.count() == 0)
        effects_.leave(finish);
    else
        finish();
}

int Bridge::query(const Parties& parties) const {
    const int verdict =
        judge_requester(effects_.config(), parties, executable_of_requester(parties));
    if (verdict != kDone)
        return verdict;
    return status_code(games_.count() > 0, games_.find(parties.game) != nullptr);
}

void Bridge::restart(pid_t caller, Answer answer) {
    // Whoever asks is a requester, never a game.
    const int verdict =
        judge_requester(effects_.config(), {.requester = caller}, find_executable(caller));
    if (verdict != kDone)
        return answer(verdict);
    if (games_.count() == 0)
        return answer(kWasOff);
    effects_.leave(
        [this, answer = std::move(answer)] { effects_.enter([answer] { answer(kDone); }); });
}

void Bridge::refresh_config(Answer answer) {
    const auto reread = [this] {
        for (const pid_t pid : games_.pids())
            effects_.undo_for(pid);
        read_config();
        apply_to_all();
    };
    if (games_.count() == 0) {
        reread();
        return answer(kDone);
    }
    effects_.leave([this, reread, answer = std::move(answer)] {
        reread();
        effects_.enter([answer] { answer(kDone); });
    });
}

void Bridge::apply_to_all() {
    for (const pid_t pid : games_.pids())
        effects_.apply_to(pid);
}

void Bridge::leave_all(std::function<void()> done) {
    const std::vector<pid_t> pids = games_.pids();
    if (pids.empty())
        return done();
    take_back(pids.front(), [this, done = std::move(done)] { leave_all(done); });
}

}  // namespace gamesched::session

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Which games are running: from registrations, from process events and from a previous life; each
// starts once and ends once.
//
// Ends are told by a pidfd (scope process, and scope tree without process events) or by the
// kernel's count of the tree (scope tree). Whether anybody may register is decided elsewhere
// (bus/authority).

#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "service/base/error.h"
#include "service/base/loop.h"
#include "service/detection/judge.h"
#include "service/detection/launch.h"
#include "service/games/game.h"
#include "service/games/lifecycle.h"
#include "service/games/store.h"

namespace gamesched {

struct Registration {
    std::string name;          // empty: what is found
    std::string default_name;  // until more is found; empty: the process's
    std::string app_id;
    std::string profile;  // empty: none
    Scope scope = Scope::kProcess;
    GameSource source = GameSource::kRegistered;
    uint32_t requester =
        0;  // PID of whom the caller registers it for; only logged. 0: the caller itself
};

class Tracker {
  public:
    static constexpr size_t kMaxGames = 1024;
    static constexpr size_t kMaxGamesOfUser = 256;
    static constexpr size_t kMaxLaunches = 512;
    static constexpr size_t kMaxLaunchesOfUser = 64;
    static constexpr size_t kMaxNameBytes = 256;
    static constexpr size_t kMaxUnwanted = 1024;
    static constexpr size_t kMaxUnwantedOfUser = 128;

    struct Observer {
        std::function<void(const Game&)> started;
        std::function<void(const Game&, const GameEnd&)>
            exited;                                // the game is not in games() any more
        std::function<void(const Game&)> changed;  // name or executable
        std::function<void()> saved;               // something that must survive has changed
    };

    // Whoever can tell games from others (detection/detector).
    struct Judges {
        std::function<std::optional<Judgement>(pid_t)> judge;  // nothing: there is no such process
        // Whether a user's games are found without being registered.
        std::function<bool(uid_t)> may_be_found;
        std::function<void(const gs_ev_candidate&)> candidate;
        std::function<void()> muted;  // there were too many candidates
        std::function<void()> scan;   // events may be missing
    };

    // `lifecycle` may be null and must outlive this.
    Tracker(Loop& loop, Lifecycle* lifecycle);

    void set_judges(Judges judges) { judges_ = std::move(judges); }

    void observe(Observer observer) { observer_ = std::move(observer); }
    void set_detection(bool enabled) { detection_ = enabled; }

    Result<uint64_t> register_game(Fd pidfd, const Registration& registration);
    // A process that was found to be a game, with its wrappers and all that it starts.
    void start_judged(const Judgement& judgement);
    // What a tree's game is turned out to be.
    void name_judged(uint64_t tree, const Judgement& judgement);

    Result<void> unregister_game(int pidfd);
    Result<void> unregister_game(uint64_t id);

    // What the game's user calls it. A success without effect when a rule or a client has named it.
    Result<void> set_title(uint64_t id, const std::string& title);

    // Games of a previous life: known again without a second start; those that ended meanwhile end
    // now.
    void restore(SavedState& saved, std::map<std::string, Fd>& fds);
    // One look at /proc for launchers and games that were there before us.
    void scan();
    // As scan(), and ends what is over: what process events did not tell, because there was too
    // much of it.
    void catch_up();

    // The oldest game whose first process was `pid`. For when that process has gone and its game
    // goes on (scope tree).
    const Game* find_rootless(pid_t pid) const;
    // The game that a process belongs to. Null if there is none.
    const Game* find_by_process(pid_t pid) const;
    // Why a game is one; null if it was registered.
    const Judgement* judgement_of(uint64_t id) const;
    // Null if no game has this tree.
    const Game* find_by_tree(uint64_t tree) const;
    std::vector<const Game*> games() const;
    void save(SavedState& state) const;
    uint64_t started() const { return started_; }
    uint64_t exited() const { return exited_; }

  private:
    using ChildOf = std::map<pid_t, pid_t>;  // by parent

    void watch_lifecycle();
    void on_launcher(const gs_ev_launcher& event);
    void on_root_exec(const gs_ev_root_exec& event);
    void on_tree_empty(const gs_ev_tree_empty& event);
    void resynchronise();

    Game* find_by_pid(pid_t pid);
    Game* find_by_tree(uint64_t tree);
    Result<void> check_limits(uid_t user) const;
    void follow(Game& game);
    void on_process_exit(uint64_t id);
    uint64_t start(Game game, const Judgement* judgement = nullptr);
    void end(uint64_t id, const GameEnd& end);
    bool has_room_for_launch(uid_t user);
    void start_detected(uint64_t tree, pid_t pid, uid_t user, const std::string& path,
                        const std::string& app_id);
    Game detected_game(pid_t pid, Fd pidfd, uid_t user, uint64_t tree);
    bool join_tree(const Game& game);
    void judge_again(const Game& game);
    static void take_judgement(Game& game, const Judgement& judgement);
    bool is_unwanted(pid_t pid) const;
    void unwant(const Game& game);
    void remember_unwanted(const UnwantedProcess& process);
    void end_what_is_over();
    void forget_launches_that_are_over();
    void start_unseen(const SavedLaunch& launch, const ChildOf& oldest);
    void launch_found(pid_t pid, uint64_t start_time, const Launch& launch, const ChildOf& oldest);

    Loop& loop_;
    Lifecycle* lifecycle_;
    Observer observer_;
    Judges judges_;
    bool detection_ = true;
    uint64_t next_id_ = 1;
    uint64_t started_ = 0;
    uint64_t exited_ = 0;
    std::map<uint64_t, Game> games_;
    std::vector<UnwantedProcess> unwanted_;     // the oldest first
    std::map<uint64_t, Judgement> judged_;      // by game: whose name it bears
    std::map<uint64_t, SavedLaunch> launches_;  // by tree
    Source deferred_;
};

}  // namespace gamesched

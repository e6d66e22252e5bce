// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/games/tracker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "service/base/clock.h"
#include "service/base/process.h"
#include "service/base/record.h"
#include "service/detection/look.h"
#include "service/detection/programs.h"

namespace gamesched {
namespace {

std::chrono::microseconds as_usec(uint64_t ns) {
    return std::chrono::microseconds(ns / 1000);
}

std::string fd_name(uint64_t id) {
    return std::format("game-{}", id);
}

std::map<pid_t, pid_t> oldest_children() {
    std::map<pid_t, pid_t> oldest;
    for (const pid_t pid : all_processes())
        if (const auto parent = parent_of(pid))
            oldest.try_emplace(*parent, pid);
    return oldest;
}

// What is known of a launcher's game before more is.
Judgement by_launcher(const Game& game) {
    Judgement judgement;
    judgement.pid = judgement.root = game.pid;
    judgement.verdict = Verdict::kGame;
    judgement.name = game.name;
    judgement.app_id = game.app_id;
    judgement.evidence = {
        {Judgement::kEnough, std::format("Steam started it (AppId {})", game.app_id)}};
    return judgement;
}

// Whether another process has the PID that the one of the pidfd had.
bool is_anothers(pid_t pid, int pidfd) {
    const auto present = pid_of_pidfd(pidfd);
    return !present && present.error().kind == ErrorKind::kNoSuchProcess && start_time_of(pid);
}

}  // namespace

Tracker::Tracker(Loop& loop, Lifecycle* lifecycle) : loop_(loop), lifecycle_(lifecycle) {}

Game* Tracker::find_by_pid(pid_t pid) {
    const auto found = std::ranges::find_if(games_, [&](auto& entry) {
        const Game& game = entry.second;
        return game.pid == pid && game.pidfd && !has_exited(game.pidfd.get());
    });
    return found == games_.end() ? nullptr : &found->second;
}

Game* Tracker::find_by_tree(uint64_t tree) {
    const auto found =
        std::ranges::find_if(games_, [&](auto& entry) { return entry.second.tree == tree; });
    return tree == 0 || found == games_.end() ? nullptr : &found->second;
}

const Game* Tracker::find_by_tree(uint64_t tree) const {
    return const_cast<Tracker*>(this)->find_by_tree(tree);
}

const Game* Tracker::find_by_process(pid_t pid) const {
    const uint64_t tree = lifecycle_ ? lifecycle_->tree_of(pid) : 0;
    const auto found = std::ranges::find_if(games_, [&](const auto& entry) {
        const Game& game = entry.second;
        if (tree != 0)
            return game.tree == tree;
        return game.pid == pid && game.pidfd && !has_exited(game.pidfd.get());
    });
    return found == games_.end() ? nullptr : &found->second;
}

const Game* Tracker::find_rootless(pid_t pid) const {
    const auto found =
        std::ranges::find_if(games_, [&](const auto& entry) { return entry.second.pid == pid; });
    return found == games_.end() ? nullptr : &found->second;
}

std::vector<const Game*> Tracker::games() const {
    std::vector<const Game*> games;
    for (const auto& [id, game] : games_)
        games.push_back(&game);
    return games;
}

Result<void> Tracker::check_limits(uid_t user) const {
    if (games_.size() >= kMaxGames)
        return fail(ErrorKind::kLimitReached, std::format("There are already {} games", kMaxGames));
    const auto own =
        std::ranges::count_if(games_, [&](auto& entry) { return entry.second.user == user; });
    if (static_cast<size_t>(own) >= kMaxGamesOfUser)
        return fail(ErrorKind::kLimitReached,
                    std::format("User {} has already {} games", user, kMaxGamesOfUser));
    return {};
}

Result<uint64_t> Tracker::register_game(Fd pidfd, const Registration& registration) {
    const auto pid = pid_of_pidfd(pidfd.get());
    if (!pid)
        return std::unexpected(pid.error());
    const auto user = owner_of(pidfd.get());
    if (!user)
        return std::unexpected(user.error());
    if (const Game* known = find_by_pid(*pid))
        return known->id;
    if (auto within = check_limits(*user); !within)
        return std::unexpected(within.error());

    Game game;
    game.pid = *pid;
    game.start_time = start_time_of(*pid).value_or(0);
    game.user = *user;
    game.executable = printable(executable_of(*pid), GS_PATH_LEN * 2);
    if (!registration.name.empty())
        game.name_source = NameSource::kRegistered;
    const std::string& given =
        registration.name.empty() ? registration.default_name : registration.name;
    game.name = printable(given.empty() ? comm_of(*pid) : given, kMaxNameBytes);
    game.app_id = printable(registration.app_id, kMaxNameBytes);
    game.profile = registration.profile;
    game.source = registration.source;
    game.scope = lifecycle_ ? registration.scope : Scope::kProcess;
    game.pidfd = std::move(pidfd);
    // Otherwise all that was read is its own: nobody else had its PID.
    if (has_exited(game.pidfd.get()))
        return fail(ErrorKind::kNoSuchProcess, std::format("Process {} is gone", *pid));
    if (lifecycle_) {
        game.tree = lifecycle_->new_tree_id();
        if (auto added = lifecycle_->add_tree(game.tree, {.root = static_cast<uint32_t>(*pid)});
            !added)
            return std::unexpected(added.error());
        if (!join_tree(game))
            return fail(ErrorKind::kNoSuchProcess, std::format("Process {} is gone", *pid));
    }
    if (registration.requester != 0)
        spdlog::info("game: pid {} is registered for pid {}", *pid, registration.requester);
    return start(std::move(game));
}

// Its process and all that it has started. They are marked by its PID: if another process has that
// by now, that one may have been marked, and the tree is dropped.
bool Tracker::join_tree(const Game& game) {
    lifecycle_->join(game.tree, static_cast<uint32_t>(game.pid));
    if (!is_anothers(game.pid, game.pidfd.get()))
        return true;
    lifecycle_->drop_tree(game.tree);
    return false;
}

uint64_t Tracker::start(Game game, const Judgement* judgement) {
    game.id = next_id_++;
    if (judgement)
        judged_[game.id] = *judgement;
    game.started = realtime_now();
    game.started_monotonic = monotonic_now();
    const uint64_t id = game.id;
    Game& kept = games_.emplace(id, std::move(game)).first->second;
    ++started_;
    spdlog::info("game {}: started: {} (pid {}, {}, {})", id, kept.name, kept.pid,
                 to_string(kept.source), kept.scope == Scope::kTree ? "tree" : "process");
    // Before the start is told, which may take a while (attaching): whoever dies then must not tell
    // it again. Before the descriptor is kept: nobody would know whose it is.
    observer_.saved();
    if (kept.pidfd)
        Store::keep_fd(fd_name(id), kept.pidfd.get());
    observer_.started(kept);
    follow(kept);
    return id;
}

// From here on the end cannot be missed: what has happened already is noticed at once.
void Tracker::follow(Game& game) {
    const uint64_t id = game.id;
    if (game.scope == Scope::kProcess && game.pidfd) {
        game.exited = loop_.on_readable(game.pidfd.get(), [this, id] { on_process_exit(id); });
        return;
    }
    // Nothing was there to join: no event will come.
    const auto tree = lifecycle_ ? lifecycle_->tree(game.tree) : std::nullopt;
    if (!tree || (tree->live == 0 && game.source != GameSource::kDetected))
        game.exited = loop_.defer([this, id] { end(id, {.at = monotonic_now()}); });
}

void Tracker::on_process_exit(uint64_t id) {
    const auto found = games_.find(id);
    // Readable for a moment when a thread other than the leader calls exec, on some kernels.
    if (found == games_.end() || !has_exited(found->second.pidfd.get()))
        return;
    const auto tree = lifecycle_ ? lifecycle_->tree(found->second.tree) : std::nullopt;
    const bool known = tree && tree->root_exit_ns != 0;
    end(id, {.at = known ? as_usec(tree->root_exit_ns) : monotonic_now()});
}

void Tracker::end(uint64_t id, const GameEnd& end) {
    auto node = games_.extract(id);
    if (node.empty())
        return;
    Game& game = node.mapped();
    game.exited.reset();
    // A living launcher keeps its tree: its next child is a game again.
    if (lifecycle_ && game.tree != 0 && (end.unregistered || !launches_.contains(game.tree)))
        lifecycle_->drop_tree(game.tree);
    if (const auto launch = launches_.find(game.tree);
        end.unregistered && launch != launches_.end())
        launch->second.ignored = true;
    if (end.unregistered && game.source == GameSource::kDetected)
        unwant(game);
    Store::drop_fd(fd_name(id));
    judged_.erase(id);
    ++exited_;
    observer_.exited(game, end);
    observer_.saved();
}

Result<void> Tracker::unregister_game(int pidfd) {
    const auto pid = pid_of_pidfd(pidfd);
    if (!pid)
        return std::unexpected(pid.error());
    const Game* game = find_by_pid(*pid);
    if (!game)
        return fail(ErrorKind::kNoSuchGame,
                    std::format("Process {} is not registered as a game", *pid));
    end(game->id, {.unregistered = true, .at = monotonic_now()});
    return {};
}

Result<void> Tracker::unregister_game(uint64_t id) {
    if (!games_.contains(id))
        return fail(ErrorKind::kNoSuchGame, "The game has ended meanwhile");
    end(id, {.unregistered = true, .at = monotonic_now()});
    return {};
}

Result<void> Tracker::set_title(uint64_t id, const std::string& title) {
    const auto found = games_.find(id);
    if (found == games_.end())
        return fail(ErrorKind::kNoSuchGame, "The game has ended meanwhile");
    Game& game = found->second;
    std::string name = printable(title, kMaxNameBytes);
    const bool known = game.name == name && game.name_source == NameSource::kTitle;
    if (known || game.name_source > NameSource::kTitle)
        return {};
    spdlog::info("game {}: its title is {}", id, name);
    game.name = std::move(name);
    game.name_source = NameSource::kTitle;
    observer_.changed(game);
    observer_.saved();
    return {};
}

// ------------------------------------------------------------------ detection

void Tracker::watch_lifecycle() {
    lifecycle_->observe({
        .launcher = [this](const gs_ev_launcher& event) { on_launcher(event); },
        .root_exec = [this](const gs_ev_root_exec& event) { on_root_exec(event); },
        .tree_empty = [this](const gs_ev_tree_empty& event) { on_tree_empty(event); },
        .candidate =
            [this](const gs_ev_candidate& event) {
                if (judges_.candidate)
                    judges_.candidate(event);
            },
        .muted =
            [this] {
                if (judges_.muted)
                    judges_.muted();
            },
        .lost = [this] { resynchronise(); },
    });
}

void Tracker::on_launcher(const gs_ev_launcher& event) {
    const auto launch = judge_launcher(arguments_of(event));
    if (!detection_ || !launch || !has_room_for_launch(event.uid)) {
        lifecycle_->drop_tree(event.tree);
        return;
    }
    const auto pid = static_cast<pid_t>(event.pid);
    launches_[event.tree] = {.tree = event.tree,
                             .pid = pid,
                             .start_time = start_time_of(pid).value_or(0),
                             .user = event.uid,
                             .app_id = printable(launch->app_id, kMaxNameBytes)};
    spdlog::debug("launch: pid {} launches AppId {}", pid, launches_[event.tree].app_id);
    observer_.saved();
}

void Tracker::on_root_exec(const gs_ev_root_exec& event) {
    const std::string path = text_of(event.path);
    const auto pid = static_cast<pid_t>(event.pid);
    if (Game* game = find_by_tree(event.tree)) {
        const std::string executable = executable_of(pid);
        game->executable = printable(executable.empty() ? path : executable, GS_PATH_LEN * 2);
        if (const auto judgement = judges_.judge ? judges_.judge(pid) : std::nullopt)
            take_judgement(*game, *judgement);
        else if (game->name_source == NameSource::kFound)
            game->name = printable(base_name(path), kMaxNameBytes);
        observer_.changed(*game);
        observer_.saved();
        return;
    }
    const auto launch = launches_.find(event.tree);
    if (launch != launches_.end() && !launch->second.ignored)
        start_detected(event.tree, pid, event.uid, path, launch->second.app_id);
}

void Tracker::forget_launches_that_are_over() {
    std::erase_if(launches_, [this](const auto& entry) {
        const auto& [id, launch] = entry;
        const auto tree = lifecycle_->tree(id);
        if (start_time_of(launch.pid) == launch.start_time || (tree && tree->live != 0) ||
            find_by_tree(id))
            return false;
        lifecycle_->drop_tree(id);
        return true;
    });
}

// Launches whose launcher has gone unseen (its tree was dropped or its end was lost) make room.
bool Tracker::has_room_for_launch(uid_t user) {
    const auto is_users = [&](const auto& entry) { return entry.second.user == user; };
    const auto is_full = [&] {
        return launches_.size() >= kMaxLaunches || static_cast<size_t>(std::ranges::count_if(
                                                       launches_, is_users)) >= kMaxLaunchesOfUser;
    };
    if (is_full())
        forget_launches_that_are_over();
    if (!is_full())
        return true;
    spdlog::warn("launch: user {} has too many launchers; this one's games are not found", user);
    return false;
}

void Tracker::start_detected(uint64_t tree, pid_t pid, uid_t user, const std::string& path,
                             const std::string& app_id) {
    if (auto within = check_limits(user); !within) {
        spdlog::warn("game: pid {} is not followed: {}", pid, within.error().message);
        return;
    }
    const auto judgement = judges_.judge ? judges_.judge(pid) : std::nullopt;
    // Of one that has gone already only the user is known.
    const bool ignored =
        judgement ? judgement->ignored : judges_.may_be_found && !judges_.may_be_found(user);
    if (ignored) {
        if (const auto launch = launches_.find(tree); launch != launches_.end())
            launch->second.ignored = true;
        return;
    }
    auto pidfd = open_pidfd(static_cast<uint32_t>(pid));
    // It may be over already; then the end of its tree is the next record.
    const bool is_there = pidfd && lifecycle_->tree_of(pid) == tree;
    Game game = detected_game(pid, is_there ? std::move(*pidfd) : Fd(), user, tree);
    if (game.executable.empty())
        game.executable = printable(path, GS_PATH_LEN * 2);
    game.name = printable(base_name(path), kMaxNameBytes);
    game.app_id = app_id;
    if (judgement)
        take_judgement(game, *judgement);
    const Judgement launched = by_launcher(game);
    start(std::move(game), &launched);
}

Game Tracker::detected_game(pid_t pid, Fd pidfd, uid_t user, uint64_t tree) {
    Game game;
    game.pid = pid;
    game.start_time = start_time_of(pid).value_or(0);
    game.user = user;
    game.executable = printable(executable_of(pid), GS_PATH_LEN * 2);
    game.source = GameSource::kDetected;
    game.scope = Scope::kTree;
    game.tree = tree;
    game.pidfd = std::move(pidfd);
    return game;
}

void Tracker::take_judgement(Game& game, const Judgement& judgement) {
    const NameSource source = judgement.named_by_rule ? NameSource::kRule : NameSource::kFound;
    if (!judgement.name.empty() && source >= game.name_source) {
        game.name = printable(judgement.name, kMaxNameBytes);
        game.name_source = source;
    }
    if (game.app_id.empty())
        game.app_id = printable(judgement.app_id, kMaxNameBytes);
    if (game.profile.empty())
        game.profile = judgement.profile;
}

void Tracker::start_judged(const Judgement& judgement) {
    const pid_t root = judgement.root;
    auto pidfd = open_pidfd(static_cast<uint32_t>(root));
    const auto user = pidfd ? owner_of(pidfd->get()) : std::unexpected(pidfd.error());
    if (!lifecycle_ || !detection_ || !user || find_by_pid(root) ||
        start_time_of(root) != judgement.root_start_time)
        return;
    if (auto within = check_limits(*user); !within) {
        spdlog::warn("game: pid {} is not followed: {}", root, within.error().message);
        return;
    }
    if (is_unwanted(judgement.pid))
        return;
    Game game = detected_game(root, std::move(*pidfd), *user, lifecycle_->new_tree_id());
    game.main_pid = judgement.pid;
    game.start_time = judgement.root_start_time;
    take_judgement(game, judgement);
    if (!lifecycle_->add_tree(game.tree, {.root = static_cast<uint32_t>(root)}) || !join_tree(game))
        return;
    // It may have ended before it could join: no record of that would come.
    if (const auto tree = lifecycle_->tree(game.tree); !tree || tree->live == 0)
        return lifecycle_->drop_tree(game.tree);
    start(std::move(game), &judgement);
}

// It, or what started it, was a game that somebody has unregistered.
bool Tracker::is_unwanted(pid_t pid) const {
    std::optional<pid_t> process = pid;
    for (size_t depth = 0; process && *process > 1 && depth < kMaxAncestors; ++depth) {
        if (std::ranges::any_of(unwanted_, [&](const UnwantedProcess& one) {
                return one.pid == *process && one.start_time == start_time_of(*process);
            }))
            return true;
        process = parent_of(*process);
    }
    return false;
}

void Tracker::unwant(const Game& game) {
    std::erase_if(unwanted_, [](const UnwantedProcess& one) {
        return start_time_of(one.pid) != one.start_time;
    });
    // The game itself, too: its wrapper may leave before it.
    for (const pid_t pid : {game.pid, game.main_pid})
        if (const auto start_time = start_time_of(pid); pid != 0 && start_time)
            remember_unwanted({pid, *start_time, game.user});
}

// Where there is no room, what was said first is forgotten first: a user's own before another's.
void Tracker::remember_unwanted(const UnwantedProcess& process) {
    const auto is_users = [&](const UnwantedProcess& one) { return one.user == process.user; };
    const auto own = static_cast<size_t>(std::ranges::count_if(unwanted_, is_users));
    if (own >= kMaxUnwantedOfUser)
        unwanted_.erase(std::ranges::find_if(unwanted_, is_users));
    else if (unwanted_.size() >= kMaxUnwanted)
        unwanted_.erase(unwanted_.begin());
    unwanted_.push_back(process);
}

void Tracker::name_judged(uint64_t tree, const Judgement& judgement) {
    Game* game = find_by_tree(tree);
    if (!game || lifecycle_->tree_of(judgement.pid) != tree)
        return;
    const auto known = judged_.find(game->id);
    if (known != judged_.end() && !judgement.is_better_than(known->second))
        return;
    judged_[game->id] = judgement;
    game->main_pid = judgement.pid;
    take_judgement(*game, judgement);
    observer_.changed(*game);
    observer_.saved();
}

const Judgement* Tracker::judgement_of(uint64_t id) const {
    const auto found = judged_.find(id);
    return found == judged_.end() ? nullptr : &found->second;
}

void Tracker::on_tree_empty(const gs_ev_tree_empty& event) {
    // A process that could not be marked at first has joined since (resynchronise).
    if (const auto tree = lifecycle_->tree(event.tree); event.final && tree && tree->live > 0)
        return;
    if (event.final) {
        launches_.erase(event.tree);
        observer_.saved();
    }
    const Game* game = find_by_tree(event.tree);
    if (game && game->scope == Scope::kTree)
        end(game->id, {.at = as_usec(event.event.at_ns)});
    else if (!game && event.final)
        lifecycle_->drop_tree(event.tree);
}

// Records were lost: whatever they would have said can be seen in the kernel's state.
void Tracker::resynchronise() {
    lifecycle_->adopt_all();
    end_what_is_over();
    // Of launchers that came and went unseen.
    for (const auto& [id, tree] : lifecycle_->trees())
        if (tree.live == 0 && tree.launched == 0 && !launches_.contains(id) && !find_by_tree(id))
            lifecycle_->drop_tree(id);
    scan();
}

void Tracker::end_what_is_over() {
    std::vector<uint64_t> ended;
    for (const auto& [id, game] : games_) {
        const auto tree = lifecycle_->tree(game.tree);
        if (game.scope == Scope::kTree && (!tree || tree->live == 0))
            ended.push_back(id);
    }
    for (const uint64_t id : ended)
        end(id, {.at = monotonic_now()});
    forget_launches_that_are_over();
}

void Tracker::catch_up() {
    end_what_is_over();
    scan();
}

void Tracker::scan() {
    if (!lifecycle_ || !detection_)
        return;
    std::optional<ChildOf> children_before;
    for (const pid_t pid : all_processes()) {
        const auto start_time = start_time_of(pid);
        const bool known = std::ranges::any_of(launches_, [&](const auto& entry) {
            return entry.second.pid == pid && entry.second.start_time == start_time;
        });
        const auto launch = known ? std::nullopt : judge_launcher(arguments_of(pid));
        if (!launch || find_by_tree(lifecycle_->tree_of(pid)))  // or it is part of a game
            continue;
        if (!children_before)
            children_before = oldest_children();
        launch_found(pid, start_time.value_or(0), *launch, *children_before);
    }
    // Games of launchers that were there before us, and those that came while nobody looked. (Since
    // their launchers have trees, no child comes unseen.)
    const auto launches = launches_;
    const auto children = launches.empty() ? ChildOf() : oldest_children();
    for (const auto& [tree, launch] : launches)
        start_unseen(launch, children);
    if (judges_.scan)
        judges_.scan();
}

// A launcher's game that runs although its start was not seen: the first process of its tree, or,
// where nobody has seen that one, the launcher's oldest child.
void Tracker::start_unseen(const SavedLaunch& launch, const ChildOf& oldest) {
    const auto tree = lifecycle_->tree(launch.tree);
    if (launch.ignored || !tree || tree->live == 0 || find_by_tree(launch.tree))
        return;
    pid_t pid = static_cast<pid_t>(tree->root);
    if (const auto child = oldest.find(launch.pid); pid == 0 && child != oldest.end())
        pid = child->second;
    if (pid != 0)
        start_detected(launch.tree, pid, launch.user, executable_of(pid), launch.app_id);
}

// A launcher that was there before us; its oldest child is the game's first process.
void Tracker::launch_found(pid_t pid, uint64_t start_time, const Launch& launch,
                           const ChildOf& oldest) {
    const auto pidfd = open_pidfd(static_cast<uint32_t>(pid));
    const auto user = pidfd ? owner_of(pidfd->get()) : std::unexpected(pidfd.error());
    if (!user || start_time_of(pid) != start_time || !has_room_for_launch(*user))
        return;
    const auto child = oldest.find(pid);
    const uint32_t root = child == oldest.end() ? 0 : static_cast<uint32_t>(child->second);
    const uint64_t fresh = lifecycle_->new_tree_id();
    if (!lifecycle_->add_tree(fresh, {.root = root, .launched = 1}))
        return;
    const uint64_t tree = lifecycle_->join_launcher(fresh, static_cast<uint32_t>(pid));
    const bool is_lost = is_anothers(pid, pidfd->get());
    if (tree != fresh || is_lost)
        lifecycle_->drop_tree(fresh);
    if (is_lost || find_by_tree(tree))  // or it is part of a game
        return;
    launches_[tree] = {.tree = tree,
                       .pid = pid,
                       .start_time = start_time,
                       .user = *user,
                       .app_id = printable(launch.app_id, kMaxNameBytes)};
}

// ------------------------------------------------------------------ from one life to the next

void Tracker::restore(SavedState& saved, std::map<std::string, Fd>& fds) {
    next_id_ = saved.next_game_id;
    unwanted_ = std::move(saved.unwanted);
    if (lifecycle_) {
        watch_lifecycle();
        for (const SavedLaunch& launch : saved.launches) {
            if (launch.start_time == 0 || start_time_of(launch.pid) != launch.start_time)
                continue;
            launches_[launch.tree] = launch;
            if (!launch.ignored)
                std::ignore = lifecycle_->add_tree(launch.tree, {.launched = 1});
        }
    }
    for (Game& game : saved.games) {
        if (const auto kept = fds.find(fd_name(game.id)); kept != fds.end())
            game.pidfd = std::move(kept->second);
        else if (game.start_time != 0 && start_time_of(game.pid) == game.start_time)
            if (auto opened = open_pidfd(static_cast<uint32_t>(game.pid)))
                game.pidfd = std::move(*opened);
        if (!lifecycle_ && game.scope == Scope::kTree)
            game.scope = Scope::kProcess;
        if (lifecycle_ && game.tree != 0) {
            const uint32_t launched = launches_.contains(game.tree) ? 1 : 0;
            std::ignore = lifecycle_->add_tree(
                game.tree, {.root = static_cast<uint32_t>(game.pid), .launched = launched});
            lifecycle_->note_restored(game.tree);
        }
        games_.emplace(game.id, std::move(game));
    }
    if (lifecycle_) {
        lifecycle_->adopt_all();
        for (const auto& [id, game] : games_)
            if (game.tree != 0 && game.pidfd && !has_exited(game.pidfd.get()))
                lifecycle_->join(game.tree, static_cast<uint32_t>(game.pid));
        for (const auto& [tree, launch] : launches_)
            if (!launch.ignored)
                lifecycle_->join_launcher(tree, static_cast<uint32_t>(launch.pid));
    }
    std::vector<uint64_t> ended;
    for (auto& [id, game] : games_) {
        const auto tree = lifecycle_ ? lifecycle_->tree(game.tree) : std::nullopt;
        const bool over = game.scope == Scope::kTree ? !tree || tree->live == 0 : !game.pidfd;
        spdlog::info("game {}: known again: {} (pid {})", id, game.name, game.pid);
        if (over) {
            ended.push_back(id);
            // The next child of its launcher is a new game.
            if (tree && launches_.contains(game.tree))
                std::ignore = lifecycle_->add_tree(game.tree, {.launched = 1});
        } else if (game.scope == Scope::kProcess) {
            follow(game);
        }
        if (!over && game.source == GameSource::kDetected)
            judge_again(game);
        if (game.pidfd)
            Store::keep_fd(fd_name(id), game.pidfd.get());
    }
    if (!ended.empty())
        deferred_ = loop_.defer([this, ended] {
            deferred_.reset();
            for (const uint64_t id : ended)
                end(id, {.at = monotonic_now()});
        });
}

// Why it is a game is not kept, but can be seen as long as it runs.
void Tracker::judge_again(const Game& game) {
    const pid_t pid = game.main_pid != 0 ? game.main_pid : game.pid;
    if (!lifecycle_ || lifecycle_->tree_of(pid) != game.tree)  // it has gone, and is another's PID
        return;
    auto judgement = judges_.judge ? judges_.judge(pid) : std::nullopt;
    if (judgement && judgement->verdict == Verdict::kGame)
        judged_[game.id] = std::move(*judgement);
}

void Tracker::save(SavedState& state) const {
    state.next_game_id = next_id_;
    state.launches.clear();
    for (const auto& [tree, launch] : launches_)
        state.launches.push_back(launch);
    state.unwanted = unwanted_;
}

}  // namespace gamesched

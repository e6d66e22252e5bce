// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The process events of bpf/lifecycle.bpf.c: loads it, hands over its records, and tells it which
// processes are games.
//
// Where the kernel does not let it load there is no Lifecycle: games are then followed by their
// pidfds only.

#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "bpf/intf.h"
#include "service/base/bpf_link.h"
#include "service/base/error.h"
#include "service/base/fd.h"
#include "service/base/loop.h"

struct lifecycle_bpf;
struct ring_buffer;

namespace gamesched {

class Lifecycle {
  public:
    struct Names {
        std::vector<std::string>
            launchers;  // names of processes, cut to 15 bytes as the kernel does
        std::vector<std::string> helpers;
        std::vector<std::string> candidates;  // at most GS_MAX_CANDIDATES
        std::vector<std::string> folders;     // GS_MAX_CANDIDATES
    };
    struct Observer {
        std::function<void(const gs_ev_launcher&)> launcher;
        std::function<void(const gs_ev_root_exec&)> root_exec;
        std::function<void(const gs_ev_tree_empty&)> tree_empty;
        std::function<void(const gs_ev_candidate&)> candidate;
        std::function<void()> muted;  // too many candidates to tell them all
        std::function<void()> lost;   // records are missing: compare with the kernel's state
    };

    // `tasks_before`: task storage of a previous life, or nothing. Programs run on return.
    static Result<std::unique_ptr<Lifecycle>> create(Loop& loop, const Names& names,
                                                     Fd tasks_before);
    ~Lifecycle();

    void observe(Observer observer) { observer_ = std::move(observer); }
    // The scheduler's exit records come through the same ring buffer.
    void observe_scheduler(std::function<void(const gs_ev_sched_exit&)> exited) {
        sched_exit_ = std::move(exited);
    }
    void set_names(const Names& names);
    // Whether processes that open a GPU are told; if not, why. May be asked again when the module
    // drm has been loaded.
    std::variant<bool, std::string> watch_gpu();

    uint64_t new_tree_id();
    // Makes the tree known, with `root` as its first process (0: not yet) or with a launcher.
    Result<void> add_tree(uint64_t tree, const gs_tree& value);
    std::optional<gs_tree> tree(uint64_t tree) const;
    // All that the kernel has.
    std::map<uint64_t, gs_tree> trees() const;
    // The tree that a process belongs to; 0: none.
    uint64_t tree_of(pid_t pid) const;
    // Nothing joins the tree any more; its tasks are ordinary ones from now on (in the next
    // iteration of the loop).
    void drop_tree(uint64_t tree);
    // `root` and all its descendants join the tree.
    void join(uint64_t tree, uint32_t root);
    // Of a previous life's tree, before adopt_all(): it may be that of a game within a game.
    void note_restored(uint64_t tree) { inner_trees_.insert(tree); }
    // `root` becomes the tree's launcher and its descendants join, unless it has a tree already.
    // The tree that it has now.
    uint64_t join_launcher(uint64_t tree, uint32_t root);
    // Everything that is related to a known tree joins it.
    void adopt_all();

    // Reads the records that are there. The scheduler's end is told before it returns, everything
    // else in the next iteration of the loop, so that nobody's game ends while he is being called.
    void consume();
    uint64_t lost() const;

    int tasks_fd() const;
    int events_fd() const;

  private:
    struct SkeletonDeleter {
        void operator()(lifecycle_bpf* skeleton) const;
    };
    struct RingDeleter {
        void operator()(ring_buffer* ring) const;
    };

    explicit Lifecycle(Loop& loop) : loop_(loop) {}
    static int on_record(void* context, void* data, size_t size) noexcept;
    void on_record(const void* data, size_t size);
    void deliver_later();
    void deliver_some();
    void deliver(const void* data, size_t size);
    void adopt();

    Loop& loop_;
    Observer observer_;
    std::function<void(const gs_ev_sched_exit&)> sched_exit_;
    std::unique_ptr<lifecycle_bpf, SkeletonDeleter> skeleton_;
    std::unique_ptr<ring_buffer, RingDeleter> ring_;
    BpfLink gpu_link_;
    std::deque<std::vector<char>> records_;  // read, but not acted on yet
    std::set<uint64_t> inner_trees_;         // of games within a game, or not known to be of none
    uint64_t lost_seen_ = 0;
    bool compare_again_ = false;  // with the kernel's state, once the records have been acted on
    Source readable_;
    Source deliver_;
    Source forget_;
};

}  // namespace gamesched

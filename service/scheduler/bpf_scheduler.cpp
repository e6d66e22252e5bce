// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/bpf_scheduler.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <format>
#include <ranges>

#include "service/base/clock.h"
#include "service/base/embedded.h"
#include "service/base/process.h"
#include "service/base/skeletons.h"
#include "service/scheduler/topology.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

void fill_config(gs_config& config, const Topology& topology, uint64_t instance) {
    config.instance = instance;
    config.nr_cpus = topology.nr_cpus;
    config.nr_llcs = static_cast<uint32_t>(topology.cpus_of_llc.size());
    config.nr_nodes = topology.nr_nodes;
    config.has_smt = topology.has_smt;
    config.nr_fast = static_cast<uint32_t>(topology.fast.size());
    std::ranges::copy(topology.places, config.place);
    std::ranges::copy(topology.cpus_of_llc, config.cpus_of_llc);
    std::ranges::copy(topology.node_of_llc, config.node_of_llc);
    std::ranges::copy(topology.fast, config.fast);
}

// Operations that this kernel does not know, or has a better way for.
void leave_out_operations(sched_bpf& skeleton, const KernelSupport& support) {
    auto& ops = *skeleton.struct_ops.gamesched;
    if (support.has_reenqueue_anywhere)
        ops.cpu_release = nullptr;
    if (support.has_groups)
        return;
    ops.cgroup_init = nullptr;
    ops.cgroup_exit = nullptr;
    ops.cgroup_move = nullptr;
    ops.cgroup_set_weight = nullptr;
}

// Of the kernel's dump, whose lines are shorter unless a name makes them long.
constexpr size_t kDumpLineLimit = 400;

// One value for each possible CPU, as the kernel reads and writes them.
template <typename Value>
std::vector<Value> per_cpu() {
    static_assert(sizeof(Value) % 8 == 0);
    const int cpus = libbpf_num_possible_cpus();
    return std::vector<Value>(cpus > 0 ? static_cast<size_t>(cpus) : size_t{GS_MAX_CPUS});
}

// Games that have an entry keep it.
void fill_games(bpf_map* map, const std::vector<uint64_t>& trees) {
    const auto nothing = per_cpu<gs_game_times>();
    for (const uint64_t tree : trees)
        bpf_map_update_elem(bpf_map__fd(map), &tree, nothing.data(), BPF_NOEXIST);
}

void fill_session(bpf_map* map, const SessionNames& names) {
    const auto fill = [&](const std::vector<std::string>& list, uint32_t role) {
        for (const std::string& text : list) {
            std::array<char, GS_COMM_LEN> comm = {};
            text.copy(comm.data(), comm.size() - 1);
            bpf_map__update_elem(map, comm.data(), comm.size(), &role, sizeof(role), BPF_ANY);
        }
    };
    fill(names.compositors, GS_ROLE_COMPOSITOR);
    fill(names.audio, GS_ROLE_AUDIO);
}

std::unexpected<Error> not_attached(const char* about) {
    return fail(ErrorKind::kNotAttached,
                std::format("The scheduler is not attached, so nothing is known about {}", about));
}

// A thread, not only a process (PIDFD_THREAD, from 6.9).
Fd open_thread(pid_t tid) {
    return Fd(static_cast<int>(syscall(SYS_pidfd_open, tid, O_EXCL)));
}

}  // namespace

void BpfScheduler::SkeletonDeleter::operator()(sched_bpf* skeleton) const {
    sched_bpf__destroy(skeleton);
}

BpfScheduler::BpfScheduler(Lifecycle* lifecycle, const std::string& why_no_lifecycle)
    : lifecycle_(lifecycle), support_(probe_kernel()) {
    if (!lifecycle_ && support_.unsupported.empty())
        support_.features["sched-ext"] = support_.unsupported =
            "Process events are missing: " + why_no_lifecycle;
}

BpfScheduler::~BpfScheduler() {
    unload();
}

Result<uint64_t> BpfScheduler::attach(const gs_tunables& tunables) {
    unload();
    const uint64_t hotplug_seq = read_hotplug_seq();  // before the topology is read
    const Topology topology = read_topology();
    // Told apart from those of a previous life of the service, whose records may still come.
    const uint64_t instance = static_cast<uint64_t>(monotonic_now().count()) + ++instances_;

    std::unique_ptr<sched_bpf, SkeletonDeleter> skeleton(sched_bpf__open());
    if (!skeleton)
        return fail_errno("Opening the scheduler", errno);
    fill_config(const_cast<gs_config&>(skeleton->rodata->gs_config), topology, instance);
    const_cast<gs_tunables&>(skeleton->bss->gs_tunables) = tunables;
    skeleton->bss->gs_focus = focus_;
    skeleton->struct_ops.gamesched->flags = support_.ops_flags;
    skeleton->struct_ops.gamesched->hotplug_seq = hotplug_seq;
    leave_out_operations(*skeleton, support_);
    Hooks::choose(*skeleton, support_);
    bpf_map__reuse_fd(skeleton->maps.gs_tasks, lifecycle_->tasks_fd());
    bpf_map__reuse_fd(skeleton->maps.gs_events, lifecycle_->events_fd());
    if (const int error = sched_bpf__load(skeleton.get()); error != 0)
        return fail_errno("Loading the scheduler", error);
    release_embedded(sched_bpf__elf_bytes);
    fill_session(skeleton->maps.gs_session, session_);
    fill_games(skeleton->maps.gs_games, games_);

    BpfLink link(bpf_map__attach_struct_ops(skeleton->maps.gamesched));
    if (!link)
        return fail_errno("Attaching the scheduler", errno);
    hooks_.attach(*skeleton, support_.features);
    skeleton_ = std::move(skeleton);
    link_ = std::move(link);
    nr_cpus_ = topology.nr_cpus;
    return instance;
}

void BpfScheduler::detach() {
    link_.reset();
}

void BpfScheduler::unload() {
    if (!skeleton_)
        return;
    detach();
    hooks_.detach();
    skeleton_.reset();
    // What libbpf needed to load it: glibc would keep it, and the next game may be days away.
    malloc_trim(0);
}

void BpfScheduler::deliver_events() {
    lifecycle_->consume();
}

std::string BpfScheduler::dump() const {
    if (!skeleton_)
        return "";
    const auto& raw = skeleton_->bss->gs_dump;
    std::string lines;
    for (const auto line :
         std::views::split(std::string_view(raw, strnlen(raw, sizeof(raw))), '\n'))
        lines += printable(std::string_view(line), kDumpLineLimit) + '\n';
    return lines;
}

void BpfScheduler::set_tunables(const gs_tunables& tunables) {
    if (!skeleton_)
        return;
    // Field by field: the scheduler reads each whole.
    volatile gs_tunables& live = skeleton_->bss->gs_tunables;
    for (const Tunable& tunable : all_tunables())
        live.*tunable.field = tunables.*tunable.field;
}

void BpfScheduler::set_focus(uint64_t tree) {
    focus_ = tree;
    if (skeleton_)
        const_cast<volatile uint64_t&>(skeleton_->bss->gs_focus) = tree;
}

void BpfScheduler::set_games(std::vector<uint64_t> trees) {
    trees.resize(std::min<size_t>(trees.size(), GS_MAX_MEASURED_GAMES));
    if (skeleton_) {
        for (const uint64_t tree : games_)
            if (!std::ranges::contains(trees, tree))
                bpf_map__delete_elem(skeleton_->maps.gs_games, &tree, sizeof(tree), 0);
        fill_games(skeleton_->maps.gs_games, trees);
    }
    games_ = std::move(trees);
}

Result<GameTimes> BpfScheduler::game_times(uint64_t tree) const {
    if (!link_)
        return not_attached("the game");
    auto parts = per_cpu<gs_game_times>();
    if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.gs_games), &tree, parts.data()) != 0)
        return fail(ErrorKind::kLimitReached,
                    std::format("The times of {} games are kept, and there are more",
                                int{GS_MAX_MEASURED_GAMES}));
    GameTimes times;
    for (const gs_game_times& part : parts) {
        for (size_t role = 0; role < times.waits.size(); ++role)
            times.waits[role].add(part.waits[role]);
        times.frames.add(part.frames);
        if (part.worst_wait_ns > times.worst.wait_ns)
            times.worst = {part.worst_wait_ns, part.worst_at_ns, part.worst_role};
    }
    return times;
}

Result<ThreadsByRole> BpfScheduler::count_threads(uint64_t tree) const {
    if (!link_)
        return not_attached("the game");
    auto& counted = skeleton_->bss->gs_counted;
    counted = {.tree = tree, .threads = {}};
    ThreadsByRole threads = {};
    const BpfLink link(bpf_program__attach_iter(skeleton_->progs.gs_count_threads, nullptr));
    if (!link || !read_iterator(*link))
        return fail(ErrorKind::kFailed, "The kernel could not be asked for its tasks");
    std::ranges::copy(counted.threads, threads.begin());
    return threads;
}

Result<ThreadFacts> BpfScheduler::thread(pid_t tid) const {
    if (!link_)
        return not_attached("threads");
    ThreadFacts facts;
    const Fd pidfd = open_thread(tid);
    const int key = pidfd.get();
    if (!pidfd || bpf_map__lookup_elem(skeleton_->maps.gs_threads, &key, sizeof(key), &facts.thread,
                                       sizeof(facts.thread), 0) != 0)
        return fail(ErrorKind::kNoSuchProcess, std::format("There is no thread {}", tid));
    const int policy = sched_getscheduler(tid) & ~SCHED_RESET_ON_FORK;
    facts.realtime = policy == SCHED_FIFO || policy == SCHED_RR || policy == SCHED_DEADLINE;
    gs_task task = {};
    if (bpf_map_lookup_elem(lifecycle_->tasks_fd(), &key, &task) == 0)
        facts.tree = task.tree;
    for (uint32_t cpu = 0; cpu < nr_cpus_; ++cpu)
        facts.now_ns = std::max<uint64_t>(facts.now_ns, skeleton_->bss->gs_cpus[cpu].now_ns);
    return facts;
}

std::optional<SchedulerCounters> BpfScheduler::counters() const {
    if (!link_)
        return std::nullopt;
    SchedulerCounters sum;
    for (uint32_t cpu = 0; cpu < nr_cpus_; ++cpu) {
        const auto& one = skeleton_->bss->gs_cpus[cpu];
        for (size_t i = 0; i < GS_NR_COUNTERS; ++i)
            sum.counters[i] += one.counters[i];
        for (size_t i = 0; i < GS_NR_CLASSES; ++i)
            sum.max_wait_ns[i] = std::max<uint64_t>(sum.max_wait_ns[i], one.max_wait_ns[i]);
    }
    auto parts = per_cpu<gs_histogram>();
    for (uint32_t id = 0; id < GS_NR_HISTOGRAMS; ++id) {
        if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.gs_histograms), &id, parts.data()) != 0)
            continue;
        for (const gs_histogram& part : parts)
            sum.histograms[id].add(part);
        if (const uint32_t party = id - GS_HIST_RUN; party < GS_NR_PARTIES)
            for (const gs_histogram& part : parts)
                sum.run_ns_by_cpu[party].push_back(part.sum);
    }
    return sum;
}

}  // namespace gamesched

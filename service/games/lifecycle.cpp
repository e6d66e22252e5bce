// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/games/lifecycle.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <format>

#include "service/base/clock.h"
#include "service/base/embedded.h"
#include "service/base/process.h"
#include "service/base/skeletons.h"

namespace gamesched {
namespace {

// A pass joins at least one generation; deeper trees than this do not occur.
constexpr int kMaxPasses = 64;

// Between them clients are served: what a record says of a game takes a while.
constexpr size_t kRecordsAtOnce = 16;
constexpr size_t kRecordsAhead = 4096;

struct Name {
    char comm[GS_COMM_LEN] = {};
};

Name as_name(const std::string& text) {
    Name name;
    std::memcpy(name.comm, text.data(), std::min<size_t>(text.size(), GS_COMM_LEN - 1));
    return name;
}

void replace_names(bpf_map* map, const std::vector<std::string>& names) {
    std::vector<Name> old;
    Name key;
    for (int error = bpf_map__get_next_key(map, nullptr, &key, sizeof(key)); error == 0;
         error = bpf_map__get_next_key(map, &key, &key, sizeof(key)))
        old.push_back(key);
    for (const Name& name : old)
        bpf_map__delete_elem(map, &name, sizeof(name), 0);
    const uint8_t present = 1;
    for (const std::string& text : names) {
        const Name name = as_name(text);
        bpf_map__update_elem(map, &name, sizeof(name), &present, sizeof(present), BPF_ANY);
    }
}

// What the iterators do is in the kernel; they write nothing.
void run_iterator(const bpf_link* link) {
    if (const auto run = read_iterator(*link); !run)
        spdlog::error("process events: {}", run.error().message);
}

// libbpf takes any map; the verifier would refuse one of smaller values.
bool fits(const Fd& tasks) {
    bpf_map_info info = {};
    uint32_t size = sizeof(info);
    return bpf_map_get_info_by_fd(tasks.get(), &info, &size) == 0 &&
           info.type == BPF_MAP_TYPE_TASK_STORAGE && info.value_size == sizeof(gs_task);
}

}  // namespace

void Lifecycle::SkeletonDeleter::operator()(lifecycle_bpf* skeleton) const {
    lifecycle_bpf__destroy(skeleton);
}

void Lifecycle::RingDeleter::operator()(ring_buffer* ring) const {
    ring_buffer__free(ring);
}

Result<std::unique_ptr<Lifecycle>> Lifecycle::create(Loop& loop, const Names& names,
                                                     Fd tasks_before) {
    std::unique_ptr<Lifecycle> self(new Lifecycle(loop));
    self->skeleton_.reset(lifecycle_bpf__open());
    if (!self->skeleton_)
        return fail_errno("Opening the process event programs", errno);
    lifecycle_bpf& bpf = *self->skeleton_;
    if (tasks_before && (!fits(tasks_before) ||
                         bpf_map__reuse_fd(bpf.maps.gs_tasks_before, tasks_before.get()) != 0))
        spdlog::warn(
            "process events: the previous life's map does not fit; trees are found again by "
            "kinship");
    // Never the same as in a previous life, whose ids may still stand in gs_tasks_before.
    bpf.data->gs_next_tree = static_cast<uint64_t>(monotonic_now().count());
    if (const int error = lifecycle_bpf__load(&bpf); error != 0)
        return fail_errno("Loading the process event programs", error);
    release_embedded(lifecycle_bpf__elf_bytes);
    self->set_names(names);
    self->ring_.reset(
        ring_buffer__new(bpf_map__fd(bpf.maps.gs_events), on_record, self.get(), nullptr));
    if (!self->ring_)
        return fail_errno("Opening the ring buffer", errno);
    // What is not read here stays in the ring buffer, whose limit is the limit.
    self->readable_ =
        loop.on_readable(ring_buffer__epoll_fd(self->ring_.get()), [raw = self.get()] {
            if (raw->records_.size() < kRecordsAhead)
                raw->consume();
        });
    if (const int error = lifecycle_bpf__attach(&bpf); error != 0)
        return fail_errno("Attaching the process event programs", error);
    return self;
}

Lifecycle::~Lifecycle() = default;

void Lifecycle::set_names(const Names& names) {
    replace_names(skeleton_->maps.gs_launchers, names.launchers);
    replace_names(skeleton_->maps.gs_helpers, names.helpers);
    replace_names(skeleton_->maps.gs_candidates, names.candidates);
    replace_names(skeleton_->maps.gs_folders, names.folders);
}

std::variant<bool, std::string> Lifecycle::watch_gpu() {
    if (gpu_link_)
        return true;
    if (!std::filesystem::exists("/sys/module/drm"))
        return "the module drm is not loaded: a GPU is no evidence";
    const char* function = "drm_open";
    bpf_kprobe_multi_opts options = {};
    options.sz = sizeof(options);
    options.syms = &function;
    options.cnt = 1;
    gpu_link_.reset(
        bpf_program__attach_kprobe_multi_opts(skeleton_->progs.gs_gpu_open, nullptr, &options));
    if (!gpu_link_)
        return std::format("drm_open: {}", std::strerror(errno));
    return true;
}

uint64_t Lifecycle::new_tree_id() {
    return __atomic_fetch_add(&skeleton_->data->gs_next_tree, 1, __ATOMIC_RELAXED);
}

Result<void> Lifecycle::add_tree(uint64_t tree, const gs_tree& value) {
    if (bpf_map__update_elem(skeleton_->maps.gs_trees, &tree, sizeof(tree), &value, sizeof(value),
                             BPF_ANY) != 0)
        return fail_errno("Making a game tree", errno);
    return {};
}

std::optional<gs_tree> Lifecycle::tree(uint64_t tree) const {
    gs_tree value = {};
    if (bpf_map__lookup_elem(skeleton_->maps.gs_trees, &tree, sizeof(tree), &value, sizeof(value),
                             0) != 0)
        return std::nullopt;
    return value;
}

std::map<uint64_t, gs_tree> Lifecycle::trees() const {
    std::map<uint64_t, gs_tree> all;
    uint64_t id = 0;
    const uint64_t* before = nullptr;
    while (all.size() < GS_MAX_TREES &&
           bpf_map__get_next_key(skeleton_->maps.gs_trees, before, &id, sizeof(id)) == 0) {
        if (const auto value = tree(id))
            all[id] = *value;
        before = &id;
    }
    return all;
}

uint64_t Lifecycle::tree_of(pid_t pid) const {
    const auto pidfd = open_pidfd(static_cast<uint32_t>(pid));
    const int key = pidfd ? pidfd->get() : -1;
    gs_task task = {};
    if (key < 0 || bpf_map_lookup_elem(tasks_fd(), &key, &task) != 0)
        return 0;
    return task.tree;
}

void Lifecycle::drop_tree(uint64_t tree) {
    bpf_map__delete_elem(skeleton_->maps.gs_trees, &tree, sizeof(tree), 0);
    if (inner_trees_.erase(tree) > 0) {
        // What belonged to the inner game is the outer one's again, before that one can end.
        run_iterator(skeleton_->links.gs_forget);
        adopt_all();
    } else if (!forget_) {
        forget_ = loop_.when_idle([this] {
            forget_.reset();
            run_iterator(skeleton_->links.gs_forget);
        });
    }
}

void Lifecycle::join(uint64_t tree, uint32_t root) {
    skeleton_->bss->gs_iter = {.tree = tree, .root = root, .as_launcher = 0};
    adopt();
    if (skeleton_->bss->gs_iter.outer != 0)
        inner_trees_.insert(tree);
}

uint64_t Lifecycle::join_launcher(uint64_t tree, uint32_t root) {
    skeleton_->bss->gs_iter = {.tree = tree, .root = root, .as_launcher = 1};
    adopt();
    const uint64_t kept = skeleton_->bss->gs_iter.outer;
    return kept != 0 ? kept : tree;
}

void Lifecycle::adopt_all() {
    skeleton_->bss->gs_iter = {};
    adopt();
}

void Lifecycle::adopt() {
    for (int pass = 0; pass < kMaxPasses; ++pass) {
        skeleton_->bss->gs_iter.changed = 0;
        run_iterator(skeleton_->links.gs_adopt);
        if (skeleton_->bss->gs_iter.changed == 0)
            return;
    }
}

void Lifecycle::consume() {
    ring_buffer__consume(ring_.get());
    if (!records_.empty() || lost() != lost_seen_)
        deliver_later();
}

void Lifecycle::deliver_later() {
    if (!deliver_)
        deliver_ = loop_.defer([this] { deliver_some(); });
}

void Lifecycle::deliver_some() {
    deliver_.reset();
    if (lost() != lost_seen_) {
        lost_seen_ = lost();
        spdlog::warn("process events: {} lost so far; comparing with the kernel's state",
                     lost_seen_);
        // Before the records: what they say about a tree may be wrong because of what is missing.
        if (!std::exchange(compare_again_, true) && observer_.lost)
            observer_.lost();
    }
    for (size_t i = 0; i < kRecordsAtOnce && !records_.empty(); ++i) {
        const auto record = std::move(records_.front());
        records_.pop_front();
        deliver(record.data(), record.size());
    }
    if (!records_.empty())
        return deliver_later();
    // After them: the end of what they began may be what is missing.
    if (std::exchange(compare_again_, false) && observer_.lost)
        observer_.lost();
}

uint64_t Lifecycle::lost() const {
    return __atomic_load_n(&skeleton_->bss->gs_lost, __ATOMIC_RELAXED);
}

int Lifecycle::tasks_fd() const {
    return bpf_map__fd(skeleton_->maps.gs_tasks);
}

int Lifecycle::events_fd() const {
    return bpf_map__fd(skeleton_->maps.gs_events);
}

int Lifecycle::on_record(void* context, void* data, size_t size) noexcept {
    auto* self = static_cast<Lifecycle*>(context);
    self->loop_.guard([&] { self->on_record(data, size); });
    return 0;
}

// Records are acted on after they were read: what follows from one may read again (attaching does),
// and libbpf counts a record as read only when this has returned. The scheduler's end alone is
// wanted at once.
void Lifecycle::on_record(const void* data, size_t size) {
    const auto* record = static_cast<const gs_ev_sched_exit*>(data);
    if (record->event.type == GS_EV_SCHED_EXIT && size >= sizeof(*record)) {
        if (sched_exit_)
            sched_exit_(*record);
        return;
    }
    const auto* bytes = static_cast<const char*>(data);
    records_.emplace_back(bytes, bytes + size);
}

void Lifecycle::deliver(const void* data, size_t size) {
    const auto& event = *static_cast<const gs_event*>(data);
    const auto tell = [&](const auto& observer, const auto* record) {
        if (size >= sizeof(*record) && observer)
            observer(*record);
    };
    switch (event.type) {
        case GS_EV_LAUNCHER:
            return tell(observer_.launcher, static_cast<const gs_ev_launcher*>(data));
        case GS_EV_ROOT_EXEC:
            return tell(observer_.root_exec, static_cast<const gs_ev_root_exec*>(data));
        case GS_EV_TREE_EMPTY:
            return tell(observer_.tree_empty, static_cast<const gs_ev_tree_empty*>(data));
        case GS_EV_CANDIDATE:
            return tell(observer_.candidate, static_cast<const gs_ev_candidate*>(data));
        case GS_EV_MUTED:
            if (observer_.muted)
                observer_.muted();
            return;
        case GS_EV_LOSS:
            return;  // the count of losses has changed
        default:
            spdlog::error("process events: record of unknown type {}", event.type);
    }
}

}  // namespace gamesched

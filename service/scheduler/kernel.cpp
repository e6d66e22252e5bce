// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/kernel.h"

#include <bpf/btf.h>
#include <sys/utsname.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <format>
#include <memory>
#include <span>
#include <vector>

#include "service/base/file.h"

namespace gamesched {
namespace {

struct BtfDeleter {
    void operator()(btf* btf) const { btf__free(btf); }
};
using Btf = std::unique_ptr<btf, BtfDeleter>;

constexpr char kSysfs[] = "/sys/kernel/sched_ext";

enum class Kfunc { kMissing, kDamaged, kUsable };

// Damaged: the prototype shows the hidden parameter of type bpf_prog_aux (some 7.1 and 7.2 builds;
// the reason is a pahole that dropped the function's tag), so that no program can call it.
Kfunc look_up(const btf* btf, const char* name) {
    const int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
    if (id < 0)
        return Kfunc::kMissing;
    const btf_type* proto =
        btf__type_by_id(btf, btf__type_by_id(btf, static_cast<uint32_t>(id))->type);
    const uint16_t count = btf_vlen(proto);
    if (count == 0)
        return Kfunc::kUsable;
    const btf_type* last = btf__type_by_id(btf, btf_params(proto)[count - 1].type);
    while (last && (btf_is_ptr(last) || btf_is_mod(last)))
        last = btf__type_by_id(btf, last->type);
    const char* type = last ? btf__name_by_offset(btf, last->name_off) : "";
    return std::strcmp(type, "bpf_prog_aux") == 0 ? Kfunc::kDamaged : Kfunc::kUsable;
}

bool is_usable(const btf* btf, const char* name) {
    return look_up(btf, name) == Kfunc::kUsable;
}

// One ability and the functions any one of which provides it.
struct Need {
    const char* what;
    std::array<const char*, 3> any_of;
};

constexpr std::array kRequired = {
    Need{"making queues", {"scx_bpf_create_dsq", nullptr, nullptr}},
    Need{"queueing tasks", {"scx_bpf_dsq_insert___v2", "scx_bpf_dsq_insert", "scx_bpf_dispatch"}},
    Need{"queueing by deadline",
         {"__scx_bpf_dsq_insert_vtime", "scx_bpf_dsq_insert_vtime", "scx_bpf_dispatch_vtime"}},
    Need{"taking tasks from queues",
         {"scx_bpf_dsq_move_to_local___v2", "scx_bpf_dsq_move_to_local", "scx_bpf_consume"}},
    Need{"finding idle CPUs",
         {"scx_bpf_select_cpu_dfl", "scx_bpf_test_and_clear_cpu_idle", nullptr}},
    Need{"knowing a task's CPU", {"scx_bpf_task_cpu", nullptr, nullptr}},
};

// What is missing for `need`; empty if nothing is.
std::string missing(const btf* btf, const Need& need) {
    std::string damaged;
    for (const char* name : need.any_of) {
        if (!name)
            continue;
        const Kfunc kfunc = look_up(btf, name);
        if (kfunc == Kfunc::kUsable)
            return "";
        if (kfunc == Kfunc::kDamaged)
            damaged = name;
    }
    if (!damaged.empty())
        return std::format("{} (BTF of {} is damaged)", need.what, damaged);
    return std::format("{} ({} does not exist)", need.what, need.any_of[0]);
}

std::string release() {
    utsname name = {};
    uname(&name);
    return name.release;
}

std::string why_unsupported(const btf* btf) {
    if (!read_sched_ext().present)
        return std::format(
            "Kernel {} is built without sched_ext (CONFIG_SCHED_CLASS_EXT); games are found and "
            "signalled all the same",
            release());
    if (!btf)
        return std::format("Kernel {} offers no BTF (CONFIG_DEBUG_INFO_BTF)", release());
    std::string lacks;
    for (const Need& need : kRequired) {
        const std::string what = missing(btf, need);
        if (!what.empty())
            lacks += (lacks.empty() ? "" : ", ") + what;
    }
    if (lacks.empty())
        return "";
    return std::format(
        "Kernel {} cannot run the scheduler, it lacks: {}. Kernels 7.1 and 7.2 of some "
        "distributions have damaged BTF; 7.3 or another build has not",
        release(), lacks);
}

std::variant<bool, std::string> present_or(bool present, std::string_view reason) {
    if (present)
        return true;
    return std::string(reason);
}

// Value of an enumerator; 0 if the kernel does not know it.
uint64_t enumerator(const btf* btf, const char* type, std::string_view name) {
    for (const uint32_t kind : {uint32_t{BTF_KIND_ENUM64}, uint32_t{BTF_KIND_ENUM}}) {
        const int id = btf__find_by_name_kind(btf, type, kind);
        if (id < 0)
            continue;
        const btf_type* found = btf__type_by_id(btf, static_cast<uint32_t>(id));
        for (uint16_t i = 0; i < btf_vlen(found); ++i) {
            const bool wide = btf_is_enum64(found);
            const uint32_t offset =
                wide ? btf_enum64(found)[i].name_off : btf_enum(found)[i].name_off;
            if (name == btf__name_by_offset(btf, offset))
                return wide ? btf_enum64_value(&btf_enum64(found)[i])
                            : static_cast<uint64_t>(btf_enum(found)[i].val);
        }
    }
    return 0;
}

bool has_member(const btf* btf, const char* type, std::string_view name) {
    const int id = btf__find_by_name_kind(btf, type, BTF_KIND_STRUCT);
    if (id < 0)
        return false;
    const btf_type* found = btf__type_by_id(btf, static_cast<uint32_t>(id));
    return std::ranges::any_of(std::span(btf_members(found), btf_vlen(found)),
                               [&](const btf_member& member) {
                                   return name == btf__name_by_offset(btf, member.name_off);
                               });
}

bool has(const btf* btf, const char* name, uint32_t kind) {
    return btf__find_by_name_kind(btf, name, kind) >= 0;
}

// Found out when the scheduler is attached.
constexpr char kLater[] = "is looked for when the scheduler is attached";

// As org.gamesched1.Manager.Features names them.
Features features_of(const btf* btf, const KernelSupport& support) {
    const bool knows_context = has(btf, "__preempt_count", BTF_KIND_VAR) ||
                               has(btf, "pcpu_hot", BTF_KIND_VAR) ||
                               has_member(btf, "thread_info", "preempt_count");
    return {
        {"sched-ext", true},
        {"preemption",
         present_or(is_usable(btf, "scx_bpf_kick_cpu"),
                    "scx_bpf_kick_cpu is missing or damaged: idle CPUs notice queued work later")},
        {"queue-order",
         present_or(
             is_usable(btf, "bpf_iter_scx_dsq_new") && is_usable(btf, "scx_bpf_dsq_nr_queued"),
             "bpf_iter_scx_dsq_new or scx_bpf_dsq_nr_queued is missing or damaged: queues are "
             "served in turn instead of by deadline")},
        {"realtime-handover",
         present_or(
             support.has_reenqueue_anywhere || is_usable(btf, "scx_bpf_reenqueue_local"),
             "scx_bpf_reenqueue_local is missing or damaged: tasks wait behind real-time tasks")},
        {"migration-disabled-enqueue",
         present_or(enumerator(btf, "scx_ops_flags", "SCX_OPS_ENQ_MIGRATION_DISABLED") != 0,
                    "this kernel queues tasks that must not migrate by itself (before 6.14)")},
        {"fast-cpus", present_or(is_usable(btf, "scx_bpf_test_and_clear_cpu_idle"),
                                 "scx_bpf_test_and_clear_cpu_idle is missing or damaged: critical "
                                 "threads are not placed on fast CPUs first")},
        {"frequency", present_or(is_usable(btf, "scx_bpf_cpuperf_set"),
                                 "scx_bpf_cpuperf_set is missing or damaged")},
        {"cgroup-weights",
         present_or(support.has_groups,
                    "this kernel is built without CONFIG_EXT_GROUP_SCHED: cpu.weight has no effect "
                    "while the scheduler is attached")},
        {"cpu-max",
         "the kernel does not enforce cpu.max for sched_ext tasks and gamesched does not either: "
         "limits have no effect while it is attached"},
        {"stall-detector",
         present_or(is_usable(btf, "bpf_iter_task_new") && is_usable(btf, "scx_bpf_error_bstr"),
                    "bpf_iter_task_new or scx_bpf_error_bstr is missing or damaged: a thread that "
                    "waits in vain is noticed by the kernel's watchdog only, after 20 to 30 s")},
        {"role-input", present_or(support.has_input_event, "input_event is not in the kernel")},
        {"role-gpu",
         present_or(support.has_fence_event && knows_context,
                    "dma_fence_init, or the preemption count, is not in the kernel's BTF")},
        {"role-chains", present_or(knows_context,
                                   "the kernel's BTF has no preemption count: it cannot be told "
                                   "who wakes a thread")},
        {"role-input-hidraw", kLater},
        {"role-audio", kLater},
        {"role-compositor", kLater},
    };
}

}  // namespace

SchedExtStatus read_sched_ext() {
    SchedExtStatus status;
    status.present = std::filesystem::exists(kSysfs);
    status.state = read_attribute(std::filesystem::path(kSysfs) / "state").value_or("");
    status.ops = read_attribute(std::filesystem::path(kSysfs) / "root/ops").value_or("");
    return status;
}

uint64_t read_hotplug_seq() {
    return std::strtoull(
        read_attribute(std::filesystem::path(kSysfs) / "hotplug_seq").value_or("").c_str(), nullptr,
        10);
}

KernelSupport probe_kernel() {
    KernelSupport support;
    const Btf btf(btf__load_vmlinux_btf());
    support.unsupported = why_unsupported(btf.get());
    if (btf) {
        support.has_reenqueue_anywhere = is_usable(btf.get(), "scx_bpf_reenqueue_local___v2");
        support.has_input_event = has(btf.get(), "input_event", BTF_KIND_FUNC);
        support.has_fence_event = has(btf.get(), "btf_trace_dma_fence_init", BTF_KIND_TYPEDEF);
        support.has_groups = has_member(btf.get(), "sched_ext_ops", "cgroup_set_weight");
        for (const char* flag : {"SCX_OPS_ENQ_MIGRATION_DISABLED", "SCX_OPS_ENQ_EXITING",
                                 "SCX_OPS_KEEP_BUILTIN_IDLE", "SCX_OPS_HAS_CGROUP_WEIGHT"})
            support.ops_flags |= enumerator(btf.get(), "scx_ops_flags", flag);
        support.features = features_of(btf.get(), support);
    }
    if (support.unsupported.empty())
        return support;
    support.features["sched-ext"] = support.unsupported;
    for (auto& [name, feature] : support.features)
        feature = support.unsupported;
    return support;
}

}  // namespace gamesched

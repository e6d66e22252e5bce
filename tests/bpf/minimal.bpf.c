/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The least that can be called a fair scheduler, for comparison only: a task that finds an idle CPU
 * goes straight to it, all others wait in one queue, ordered by the CPU time that they have used.
 * Nobody may save up more than one slice by sleeping. It knows no games, no weights, no topology,
 * and never preempts.
 *
 * Loaded with `bpftool struct_ops register`.
 */

#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "scx.bpf.h"

char LICENSE[] SEC("license")
= "GPL";

#define DSQ_ALL  0
#define SLICE_NS (20 * 1000 * 1000ULL) /* SCX_SLICE_DFL */

struct minimal_task {
	u64 vtime;
	u64 run_from;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct minimal_task);
} minimal_tasks SEC(".maps");

/* The largest vtime that has run so far. Written by all CPUs without a lock: a lost update lasts
 * until the next one. */
static u64 vtime_now;

static struct minimal_task *minimal_task(struct task_struct *p)
{
	return bpf_task_storage_get(&minimal_tasks, p, NULL, 0);
}

static bool is_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

SEC("struct_ops/minimal_select_cpu")
s32 BPF_PROG(minimal_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	bool idle = false;
	s32 cpu = prev_cpu;

	if (bpf_ksym_exists(scx_bpf_select_cpu_dfl___gs))
		cpu = scx_bpf_select_cpu_dfl___gs(p, prev_cpu, wake_flags, &idle);
	if (idle)
		scx_insert(p, SCX_DSQ_LOCAL, SLICE_NS, 0);
	return cpu;
}

SEC("struct_ops/minimal_enqueue")
void BPF_PROG(minimal_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct minimal_task *task = minimal_task(p);
	u64 vtime = vtime_now;

	if (task) {
		if (is_before(task->vtime, vtime - SLICE_NS))
			task->vtime = vtime - SLICE_NS;
		vtime = task->vtime;
	}
	scx_insert_vtime(p, DSQ_ALL, SLICE_NS, vtime, enq_flags);
}

SEC("struct_ops/minimal_dispatch")
void BPF_PROG(minimal_dispatch, s32 cpu, struct task_struct *prev)
{
	scx_move_to_local(DSQ_ALL);
}

SEC("struct_ops/minimal_running")
void BPF_PROG(minimal_running, struct task_struct *p)
{
	struct minimal_task *task = minimal_task(p);

	if (!task)
		return;
	if (is_before(vtime_now, task->vtime))
		vtime_now = task->vtime;
	task->run_from = bpf_ktime_get_ns();
}

SEC("struct_ops/minimal_stopping")
void BPF_PROG(minimal_stopping, struct task_struct *p, bool runnable)
{
	struct minimal_task *task = minimal_task(p);

	if (task && task->run_from)
		task->vtime += bpf_ktime_get_ns() - task->run_from;
}

SEC("struct_ops.s/minimal_init_task")
s32 BPF_PROG(minimal_init_task, struct task_struct *p, struct scx_init_task_args___gs *args)
{
	struct minimal_task *task =
		bpf_task_storage_get(&minimal_tasks, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!task)
		return -12; /* -ENOMEM */
	task->vtime = vtime_now;
	return 0;
}

SEC("struct_ops.s/minimal_init")
s32 BPF_PROG(minimal_init)
{
	return scx_create_dsq(DSQ_ALL);
}

SEC(".struct_ops.link")
struct sched_ext_ops___gs minimal = {
	.select_cpu = (void *)minimal_select_cpu,
	.enqueue = (void *)minimal_enqueue,
	.dispatch = (void *)minimal_dispatch,
	.running = (void *)minimal_running,
	.stopping = (void *)minimal_stopping,
	.init_task = (void *)minimal_init_task,
	.init = (void *)minimal_init,
	.name = "minimal",
};

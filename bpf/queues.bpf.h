/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The queues: for each class one for each last-level cache, and one for each CPU for tasks that may
 * run there only. Each is ordered by deadline.
 */

#pragma once

#include "state.bpf.h"

#define DSQ_CPU         0x10000
#define DSQ_CLASS_SHIFT 17

static bool may_run_on(struct task_struct *p, s32 cpu)
{
	return bpf_cpumask_test_cpu___gs(cpu, p->cpus_ptr);
}

static bool is_pinned(struct task_struct *p)
{
	return p->nr_cpus_allowed == 1 || scx_is_migration_disabled(p);
}

static bool is_cpu_kthread(struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) && p->nr_cpus_allowed == 1;
}

/* A CPU whose queue p can wait in: the one that it is on, unless its affinity has changed
 * meanwhile. */
static s32 home_of(struct task_struct *p)
{
	s32 cpu = scx_bpf_task_cpu___gs(p);

	if (scx_is_migration_disabled(p) || may_run_on(p, cpu))
		return cpu;
	return bpf_cpumask_first___gs(p->cpus_ptr);
}

static u64 llc_dsq(u32 class, u32 llc)
{
	return (u64) class << DSQ_CLASS_SHIFT | llc;
}

static u64 cpu_dsq(u32 class, u32 cpu)
{
	return (u64) class << DSQ_CLASS_SHIFT | DSQ_CPU | cpu;
}

static u64 dsq_of(struct task_struct *p, u32 class, s32 home)
{
	return is_pinned(p) ? cpu_dsq(class, home) : llc_dsq(class, llc_of(home));
}

/* Whether a queue that this CPU serves has tasks, even if none of them may run here. */
static bool somebody_waits(u32 class, u32 cpu)
{
	return scx_nr_queued(llc_dsq(class, llc_of(cpu))) || scx_nr_queued(cpu_dsq(class, cpu));
}

struct head {
	u64 dsq;
	u64 deadline;
	bool present;
};

/* How many tasks of a queue are looked at for one that may run here. */
#define HEAD_SEARCH 8

/*
 * The first task of a queue that may run on this CPU. Where the kernel cannot iterate, a queue that
 * is not known to be empty counts as overdue, and queues are served in turn.
 */
static __noinline void head_of(u64 dsq, s32 cpu, struct head *head)
{
	struct bpf_iter_scx_dsq___gs it;
	struct task_struct *p;
	int i;

	head->dsq = dsq;
	head->deadline = 0;
	head->present = false;
	if (scx_can_count() && !scx_nr_queued(dsq))
		return;
	if (!bpf_ksym_exists(bpf_iter_scx_dsq_new___gs)) {
		head->present = true;
		return;
	}
	bpf_iter_scx_dsq_new___gs(&it, dsq, 0);
	bpf_for (i, 0, HEAD_SEARCH) {
		p = bpf_iter_scx_dsq_next___gs(&it);
		if (!p)
			break;
		if (may_run_on(p, cpu)) {
			head->present = true;
			head->deadline = scx_view(p)->scx.dsq_vtime;
			break;
		}
	}
	bpf_iter_scx_dsq_destroy___gs(&it);
}

static bool is_earlier(const struct head *a, const struct head *b)
{
	return a->present && (!b->present || gs_before(a->deadline, b->deadline));
}

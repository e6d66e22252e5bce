/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Where a waking task goes: an idle CPU, or one that it may take from something less urgent.
 *
 * Idle CPUs are the kernel's to find: the previous one, a whole idle core before the sibling of a
 * busy one, the same last-level cache before another, the same NUMA node before another. Only on
 * hybrid machines we look first, for critical threads of games: among the fast CPUs.
 */

#pragma once

#include "deadline.h"
#include "queues.bpf.h"
#include "roles.h"
#include "state.bpf.h"

/* The next CPU of the same core, and of the same last-level cache, each in a ring; itself where
 * there is no other. Made by gs_init. */
static u32 next_in_core[GS_MAX_CPUS];
static u32 next_in_llc[GS_MAX_CPUS];

/* Siblings that are looked at: no machine has more threads on a core. */
#define MAX_SIBLINGS 8

static void join_ring(u32 *ring, u32 cpu, u32 member)
{
	cpu &= GS_MAX_CPUS - 1;
	member &= GS_MAX_CPUS - 1;
	ring[cpu] = cpu;
	if (member == cpu)
		return;
	ring[cpu] = ring[member];
	ring[member] = cpu;
}

static void make_rings(void)
{
	u32 first_of_llc[GS_MAX_LLCS];
	u32 cpu, *first;

	__builtin_memset(first_of_llc, 0xff, sizeof(first_of_llc));
	bpf_for (cpu, 0, GS_MAX_CPUS) {
		if (cpu >= gs_config.nr_cpus)
			break;
		join_ring(next_in_core, cpu, place_of(cpu)->core);
		first = &first_of_llc[llc_of(cpu)];
		if (*first >= GS_MAX_CPUS)
			*first = cpu;
		join_ring(next_in_llc, cpu, *first);
	}
}

/* Whether another CPU of its core runs something. */
static bool shares_core(u32 cpu)
{
	u32 other = cpu;
	int i;

	if (!gs_config.has_smt)
		return false;
	bpf_for (i, 0, MAX_SIBLINGS) {
		other = next_in_core[other & (GS_MAX_CPUS - 1)];
		if (other == cpu)
			break;
		if (cpu_at(other)->task_class != GS_NR_CLASSES)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ idle CPUs */

/* An idle one of the fast CPUs, claimed; negative if there is none. */
static s32 fast_idle_cpu(struct task_struct *p, s32 prev_cpu)
{
	s32 cpu, shared = -1;
	int i;

	if (!bpf_ksym_exists(scx_bpf_test_and_clear_cpu_idle___gs))
		return -1;
	/* -1: where it was before, if that is one of them. */
	bpf_for (i, -1, GS_MAX_FAST) {
		if (i >= (s32)gs_config.nr_fast)
			break;
		cpu = i < 0 ? prev_cpu : gs_config.fast[i & (GS_MAX_FAST - 1)];
		if (!may_run_on(p, cpu) || !gs_is_fast(place_of(cpu)->capacity))
			continue;
		if (shares_core(cpu)) {
			if (shared < 0)
				shared = cpu;
		} else if (scx_bpf_test_and_clear_cpu_idle___gs(cpu)) {
			return cpu;
		}
	}
	return shared >= 0 && scx_bpf_test_and_clear_cpu_idle___gs(shared) ? shared : -1;
}

/* An idle CPU, claimed (*idle is true), or where p would go otherwise. */
static s32 find_idle_cpu(struct task_struct *p, bool critical, s32 prev_cpu, u64 wake_flags,
			 bool *idle)
{
	s32 cpu;

	if (critical && gs_config.nr_fast) {
		cpu = fast_idle_cpu(p, prev_cpu);
		if (cpu >= 0) {
			*idle = true;
			count(GS_CNT_PLACED_FAST);
			return cpu;
		}
	}
	/* A waker that is about to sleep keeps its CPU for the rest of its slice all the same. */
	if (bpf_ksym_exists(scx_bpf_select_cpu_dfl___gs))
		return scx_bpf_select_cpu_dfl___gs(p, prev_cpu, wake_flags & ~SCX_WAKE_SYNC, idle);
	if (bpf_ksym_exists(scx_bpf_test_and_clear_cpu_idle___gs))
		*idle = may_run_on(p, prev_cpu) && scx_bpf_test_and_clear_cpu_idle___gs(prev_cpu);
	return prev_cpu;
}

static void count_placement(s32 cpu, s32 prev_cpu)
{
	if (cpu == prev_cpu)
		count(GS_CNT_PLACED_PREVIOUS);
	else
		count(llc_of(cpu) == llc_of(prev_cpu) ? GS_CNT_PLACED_NEAR : GS_CNT_PLACED_FAR);
	if (shares_core(cpu))
		count(GS_CNT_PLACED_SHARED);
}

/* ------------------------------------------------------------------ CPUs to take */

/* How many CPUs a waking game task looks at for something less urgent. */
#define PREEMPT_SEARCH 8

/* How much earlier than the running task's the deadline of an equal must be. */
#define PREEMPT_MARGIN_NS (1000 * 1000)

/*
 * Whether a task may take this CPU: a game task from anything else, a critical one from a lesser
 * one of a game, others from others; among equals its deadline must be clearly earlier.
 */
static bool may_preempt(const struct gs_thread *thread, s32 cpu, u64 now)
{
	struct gs_cpu *there = cpu_at(cpu);
	bool clearly_earlier = gs_before(thread->deadline + PREEMPT_MARGIN_NS, there->deadline_ns);

	if (there->task_class == GS_NR_CLASSES || gs_before(now, there->protected_until_ns))
		return false;
	if (there->task_class == GS_CLASS_OTHER)
		return thread->task_class == GS_CLASS_GAME || clearly_earlier;
	return thread->task_class == GS_CLASS_GAME && thread->rank < there->rank &&
	       (thread->rank == GS_RANK_WINDOW || clearly_earlier);
}

/* Whether it hurts less to take CPU a than b. */
static bool is_better_victim(const struct gs_cpu *a, const struct gs_cpu *b)
{
	if (a->task_class != b->task_class)
		return a->task_class == GS_CLASS_OTHER;
	return gs_before(b->deadline_ns, a->deadline_ns);
}

/*
 * A CPU that p may take; negative if there is none. The one that we are on comes first if no game
 * runs there: it needs no interrupt from another CPU to change its mind, and a timer or device that
 * wakes p did so where it interrupted something. Then the one of the same cache that runs the least
 * urgent work, of the first few after the previous CPU. Bounded, since it runs with interrupts off;
 * those that are no game's look at two CPUs only.
 */
static s32 preemptible_cpu(struct task_struct *p, const struct gs_thread *thread, s32 prev_cpu,
			   u64 now)
{
	s32 this_cpu = bpf_get_smp_processor_id(), best = -1;
	u32 cpu = prev_cpu;
	int i;

	if (cpu_at(this_cpu)->task_class == GS_CLASS_OTHER &&
	    llc_of(this_cpu) == llc_of(prev_cpu) && may_run_on(p, this_cpu) &&
	    may_preempt(thread, this_cpu, now))
		return this_cpu;
	bpf_for (i, 0, PREEMPT_SEARCH) {
		if (may_run_on(p, cpu) && may_preempt(thread, cpu, now) &&
		    (best < 0 || is_better_victim(cpu_at(cpu), cpu_at(best))))
			best = cpu;
		cpu = next_in_llc[cpu & (GS_MAX_CPUS - 1)];
		if (cpu == prev_cpu || thread->task_class != GS_CLASS_GAME)
			break;
	}
	return best;
}

/* How many CPUs are looked at for one that may just be becoming idle. */
#define WAKE_SEARCH 16

/*
 * p is queued, since no CPU was idle a moment ago: one that is now must notice. The insertion takes
 * place when ops.enqueue has returned, so a CPU that is just becoming idle may miss it:
 * gs_update_idle looks once more from there, and here CPUs that run nothing of ours are kicked,
 * which the kernel does after the insertion and only if they are idle. All of them, since what
 * looks so may be busy with a real-time task. Where that leaves CPUs out, an idle one is asked for
 * first.
 */
static void wake_somebody(struct task_struct *p, s32 home)
{
	u32 cpu = home;
	s32 idle;
	int i;

	if (!scx_can_kick())
		return;
	if (gs_config.nr_llcs > 1 || gs_config.nr_cpus > WAKE_SEARCH) {
		idle = scx_pick_idle(p->cpus_ptr);
		if (idle >= 0) {
			scx_kick(idle, SCX_KICK_IDLE);
			return;
		}
	}
	bpf_for (i, 0, WAKE_SEARCH) {
		cpu = next_in_llc[cpu & (GS_MAX_CPUS - 1)];
		if (cpu == home)
			break;
		if (cpu_at(cpu)->task_class == GS_NR_CLASSES && may_run_on(p, cpu))
			scx_kick(cpu, SCX_KICK_IDLE);
	}
}

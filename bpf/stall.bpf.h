/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The stall detector: a thread that waits in vain is noticed within two seconds, and the scheduler
 * ends with an error, so that the kernel's own goes on. (The kernel's watchdog would notice it,
 * too, after 20 to 30 s.)
 *
 * Without looking at threads. Time has epochs of STALL_EPOCH_NS. A thread that is queued counts in
 * its epoch until it runs or sleeps; what is left of an epoch that has long been over says that
 * somebody has waited for so long. Only then are threads looked at. Those that go to a CPU directly
 * are not counted: only queueing costs something here, two increments.
 *
 * Without a tick. The timer that ends an epoch is armed by the first thread that is queued, and
 * again only while one waits.
 *
 * A long wait is no stall yet: in an overload everybody waits for long. A thread is lost if it is
 * in no queue, and starved if it is in one of ours from which nobody has been served for an epoch,
 * although we had a CPU that it may use for a tenth of that: real-time tasks can keep one from us
 * for good (before 7.0) or nearly so, which is not our doing. Whoever is found has to be so again
 * an epoch later: what is on its way from one queue to another is in none. What already stands at a
 * CPU is left to the kernel's watchdog.
 */

#pragma once

#include "queues.bpf.h"

#define STALL_EPOCH_NS (350 * 1000 * 1000ULL)

/* Who is in an epoch when it is looked at has waited for three epochs at least, four at most; found
 * again, for five: 1.75 s. */
#define STALL_NS (3 * STALL_EPOCH_NS)

#define SHARE_NS (STALL_EPOCH_NS / 10)

#define CLOCK_MONOTONIC 1 /* uapi/linux/time.h */

struct gs_stall_timer {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct gs_stall_timer);
} gs_stall_timer SEC(".maps");

static volatile u32 stall_epoch;
static volatile u32 stall_timer_armed; /* 0 or 1 */

/* How many were served from each queue. Increments may be lost: it matters that it changes. */
#define NR_QUEUES (GS_NR_CLASSES * (GS_MAX_CPUS + GS_MAX_LLCS))
static u32 served[NR_QUEUES];

/* Written by the timer alone. */
static bool somebody_is_late; /* at the end of the epoch before */
static u64 suspect_since;     /* of a thread that was found then */
static u32 suspect_tid;
static u32 suspect_served; /* from its queue, then */

/* How long the thread has waited for which the scheduler ends; told with its exit record. */
static u64 stalled_ns;

static void arm_stall_timer(void)
{
	struct gs_stall_timer *value;
	u32 key = 0;

	if (__sync_val_compare_and_swap(&stall_timer_armed, 0, 1))
		return;
	value = bpf_map_lookup_elem(&gs_stall_timer, &key);
	if (!value || bpf_timer_start(&value->timer, STALL_EPOCH_NS, 0))
		stall_timer_armed = 0;
}

static bool can_detect_stalls(void)
{
	return bpf_ksym_exists(bpf_iter_task_new___gs) && bpf_ksym_exists(scx_bpf_error_bstr___gs);
}

static u32 queue_index(u32 class, bool pinned, s32 home)
{
	u32 place = pinned ? GS_MAX_LLCS + (home & (GS_MAX_CPUS - 1)) : llc_of(home);

	return (class & 1) * (GS_MAX_CPUS + GS_MAX_LLCS) + place;
}

/* It is queued. If its CPU sees the timer armed while that one is just found to be unnecessary, the
 * next thread that is queued arms it. */
static void begin_to_count(struct gs_thread *thread, bool pinned, s32 home)
{
	u32 slot = stall_epoch & (GS_STALL_EPOCHS - 1);

	thread->queue = queue_index(thread->task_class, pinned, home);
	if (thread->counted || !can_detect_stalls())
		return;
	thread->counted = slot + 1;
	cpu_at(bpf_get_smp_processor_id())->waiting[slot]++;
	if (!stall_timer_armed)
		arm_stall_timer();
}

/* It runs. */
static void note_served(const struct gs_thread *thread)
{
	if (thread->counted && thread->queue < NR_QUEUES)
		served[thread->queue]++;
}

/* It runs, sleeps or leaves us; maybe on another CPU than it was queued by, so that only the sum of
 * all CPUs says something. */
static void cease_to_count(struct gs_thread *thread)
{
	if (!thread->counted)
		return;
	cpu_at(bpf_get_smp_processor_id())
		->waiting[(thread->counted - 1) & (GS_STALL_EPOCHS - 1)]--;
	thread->counted = 0;
}

static s64 waiting_since(u32 slot)
{
	s64 sum = 0;
	int cpu;

	bpf_for (cpu, 0, gs_config.nr_cpus)
		sum += cpu_at(cpu)->waiting[slot & (GS_STALL_EPOCHS - 1)];
	return sum;
}

static s64 all_waiting(void)
{
	s64 sum = 0;
	u32 slot;

	bpf_for (slot, 0, GS_STALL_EPOCHS)
		sum += waiting_since(slot);
	return sum;
}

/* What the CPU has run or idled with since here->now_ns ends. */
static void note_ours(struct gs_cpu *here, u64 now)
{
	here->ours_ns += gs_since(now, here->now_ns);
}

static u64 ours_until(const struct gs_cpu *there, u64 now)
{
	bool ours = there->idle || there->task_class != GS_NR_CLASSES;

	return there->ours_ns + (ours ? gs_since(now, there->now_ns) : 0);
}

static bool may_run_somewhere(struct task_struct *p, u64 now)
{
	int cpu;

	bpf_for (cpu, 0, gs_config.nr_cpus) {
		const struct gs_cpu *there = cpu_at(cpu);

		if (gs_since(ours_until(there, now), there->ours_before_ns) >= SHARE_NS &&
		    may_run_on(p, cpu))
			return true;
	}
	return false;
}

/* Since the look before, if that one found it, too. */
static bool is_served(const struct gs_thread *thread, u32 tid)
{
	return tid == suspect_tid && thread->queue < NR_QUEUES &&
	       served[thread->queue] != suspect_served;
}

/* It is late. */
static bool is_stalled(struct task_struct *p, const struct gs_thread *thread, u64 waited, u64 now,
		       s64 nr_waiting)
{
	struct scx_dispatch_q___gs *dsq = scx_view(p)->scx.dsq;

	if (!dsq)
		return true;
	return !(BPF_CORE_READ(dsq, id) & SCX_DSQ_BUILTIN) && !is_served(thread, p->pid) &&
	       waited > STALL_NS + nr_waiting * gs_tunables.slice_ns && may_run_somewhere(p, now);
}

static void report_stall(struct task_struct *p, u64 waited)
{
	stalled_ns = waited;
	scx_fail("%s[%d] has waited for %d ms and is %s", (u64)p->comm, p->pid,
		 waited / (1000 * 1000),
		 (u64)(scx_view(p)->scx.dsq ? "not served" : "in no queue"));
}

/* Somebody has waited for long. */
static void look_for_stalled(u64 now, s64 nr_waiting)
{
	struct bpf_iter_task___gs it;
	struct task_struct *p;
	u64 since = 0;
	u32 tid = 0, queue = 0;

	somebody_is_late = false;
	if (!can_detect_stalls())
		return;
	bpf_rcu_read_lock___gs();
	bpf_iter_task_new___gs(&it, NULL, SCX_ITER_ALL_THREADS);
	while ((p = bpf_iter_task_next___gs(&it))) {
		struct gs_thread *thread = thread_of(p);
		u64 from = thread && thread->counted ? thread->wait_from : 0;
		u64 waited = from ? gs_since(now, from) : 0;

		if (waited < STALL_NS)
			continue;
		somebody_is_late = true;
		if (!is_stalled(p, thread, waited, now, nr_waiting))
			continue;
		if (p->pid == suspect_tid && from == suspect_since) {
			report_stall(p, waited);
			break;
		}
		if (!tid) {
			tid = p->pid;
			since = from;
			queue = thread->queue;
		}
	}
	bpf_iter_task_destroy___gs(&it);
	bpf_rcu_read_unlock___gs();
	suspect_tid = tid;
	suspect_since = since;
	suspect_served = queue < NR_QUEUES ? served[queue] : 0;
}

static int end_epoch(void *map, u32 *key, struct gs_stall_timer *value)
{
	u32 oldest = stall_epoch + 1; /* its place is the next epoch's */
	bool some_are_old = waiting_since(oldest) > 0;
	s64 nr = all_waiting();
	u64 now = scx_now();
	int cpu;

	count(GS_CNT_STALL_CHECK);
	/* Those that were late are still in an epoch whose place is now a newer one's. */
	if (somebody_is_late || some_are_old)
		look_for_stalled(now, nr);
	somebody_is_late |= some_are_old; /* the timer's clock may be ahead of ours */
	bpf_for (cpu, 0, gs_config.nr_cpus)
		cpu_at(cpu)->ours_before_ns = ours_until(cpu_at(cpu), now);
	stall_epoch = oldest;
	if (nr > 0) {
		bpf_timer_start(&value->timer, STALL_EPOCH_NS, 0);
		return 0;
	}
	stall_timer_armed = 0;
	if (all_waiting() > 0)
		arm_stall_timer();
	return 0;
}

static s32 make_stall_timer(void)
{
	struct gs_stall_timer *value;
	u32 key = 0;
	s32 err;

	value = bpf_map_lookup_elem(&gs_stall_timer, &key);
	if (!value)
		return -2; /* -ENOENT */
	err = bpf_timer_init(&value->timer, &gs_stall_timer, CLOCK_MONOTONIC);
	return err ?: bpf_timer_set_callback(&value->timer, end_epoch);
}

/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The scheduler: games first, nobody starved, nothing guessed.
 *
 * Aims. While a game runs beside other work, a game task that wakes up runs at once: on an idle
 * CPU, on the CPU of something less urgent, or at least ahead of what waits. Everything else runs
 * in what is left, and never waits longer than its bound while the load leaves room for that.
 *
 * How. A task that finds an idle CPU goes straight to it. Otherwise it waits in the queue of its
 * last-level cache, ordered by deadline = the moment from which it waits + budget (deadline.h). A
 * task that may run on one CPU only waits in that CPU's own queue, with the same order. A CPU that
 * becomes free takes the earlier of both heads; the task that it ran so far stays if its next
 * deadline would be earlier still. A domain without work takes from others, and every domain's
 * overdue tasks are looked at by all, one domain per decision.
 *
 * A task whose slice was cut short keeps its deadline and gets the rest of the slice: preemption
 * must not cost it its turn. Kernel threads that belong to one CPU go to that CPU directly: whoever
 * delays them delays interrupts' work.
 *
 * Assumptions. Attached only while gaming mode is on; the service re-attaches after CPU hotplug,
 * because a task that waits in the queue of a CPU that goes away could not be moved (the kernel
 * asks for a restart by default).
 *
 * Fairness among others. A task's budget grows with the CPU time that it has used of late, weighted
 * by nice: who got less is ahead next time. A waking task takes the CPU of another whose deadline
 * is clearly later, so that sleepers need not wait for the end of a hog's slice.
 *
 * What it does not do: cgroup weights are not looked at yet, CPU frequency is left alone, and of a
 * game's threads it only knows who computes more.
 *
 * bpf_ktime_get_ns is used throughout: scx_bpf_now is comparable on one CPU only, and deadlines are
 * compared across.
 */

#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "deadline.h"
#include "scx.bpf.h"

char LICENSE[] SEC("license")
= "GPL";

/* The kernel's own watchdog is the last resort; it wakes the machine every half of this. */
#define WATCHDOG_MS 20000

/* How many CPUs a waking game task looks at for something less urgent. */
#define PREEMPT_SEARCH 8

/* Queue ids: one for each cache domain, then one for each CPU. */
#define DSQ_LLC 0
#define DSQ_CPU 0x10000

/* ------------------------------------------------------------------ contexts */

const volatile struct gs_config gs_config;
volatile struct gs_tunables gs_tunables; /* written by the service at any time */
struct gs_cpu gs_cpus[GS_MAX_CPUS];      /* read by the service at any time */

/* The life of processes and the ring buffer are the lifecycle object's; the service joins the maps
 * at load. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct gs_task);
} gs_tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GS_EVENTS_SIZE);
} gs_events SEC(".maps");

struct sched_task {
	u64 wait_from; /* 0 while it runs or sleeps */
	u64 run_from;
	u64 deadline;
	u64 used;    /* see gs_use_after */
	u64 used_at; /* the moment for which `used` is right */
	u64 slice_given;
	u64 slice_ran;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct sched_task);
} sched_tasks SEC(".maps");

static struct sched_task *sched_task(struct task_struct *p)
{
	return bpf_task_storage_get(&sched_tasks, p, NULL, 0);
}

static struct gs_cpu *cpu_at(u32 cpu)
{
	return &gs_cpus[cpu & (GS_MAX_CPUS - 1)];
}

static void count(u32 counter)
{
	cpu_at(bpf_get_smp_processor_id())->counters[counter]++;
}

static u32 llc_of(u32 cpu)
{
	return gs_config.llc_of_cpu[cpu & (GS_MAX_CPUS - 1)] & (GS_MAX_LLCS - 1);
}

static struct gs_tunables tunables(void)
{
	struct gs_tunables t = {
		.slice_ns = gs_tunables.slice_ns,
		.slice_min_ns = gs_tunables.slice_min_ns,
		.game_budget_ns = gs_tunables.game_budget_ns,
		.background_bound_ns = gs_tunables.background_bound_ns,
		.preempt = gs_tunables.preempt,
	};

	return t;
}

/* ------------------------------------------------------------------ predicates */

static bool is_game(struct task_struct *p)
{
	struct gs_task *task = bpf_task_storage_get(&gs_tasks, p, NULL, 0);

	return task && task->tree;
}

/* Kernel threads work for everybody, games included. */
static u32 class_of(struct task_struct *p)
{
	return (p->flags & PF_KTHREAD) || is_game(p) ? GS_CLASS_GAME : GS_CLASS_OTHER;
}

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

/* ------------------------------------------------------------------ queues */

/* A CPU whose queue p can wait in: the one that it is on, unless its affinity has changed
 * meanwhile. */
static s32 home_of(struct task_struct *p)
{
	s32 cpu = scx_bpf_task_cpu___gs(p);

	if (scx_is_migration_disabled(p) || may_run_on(p, cpu))
		return cpu;
	return bpf_cpumask_first___gs(p->cpus_ptr);
}

static u64 dsq_of(struct task_struct *p, s32 home)
{
	return is_pinned(p) ? DSQ_CPU + home : DSQ_LLC + llc_of(home);
}

static u64 slice_for(const struct gs_tunables *t, u32 llc)
{
	if (!scx_can_count())
		return t->slice_ns / 2;
	return gs_slice(t, scx_nr_queued(DSQ_LLC + llc),
			gs_config.cpus_of_llc[llc & (GS_MAX_LLCS - 1)]);
}

struct head {
	u64 dsq;
	u64 deadline;
	bool present;
};

/*
 * The first task of a queue. Where the kernel cannot iterate, a queue that is not known to be empty
 * counts as overdue, and gs_dispatch takes from its queues in turn.
 */
static struct head head_of(u64 dsq)
{
	struct head head = { .dsq = dsq };
	struct bpf_iter_scx_dsq___gs it;
	struct task_struct *p;

	if (scx_can_count() && !scx_nr_queued(dsq))
		return head;
	if (!bpf_ksym_exists(bpf_iter_scx_dsq_new___gs)) {
		head.present = true;
		return head;
	}
	bpf_iter_scx_dsq_new___gs(&it, dsq, 0);
	p = bpf_iter_scx_dsq_next___gs(&it);
	if (p) {
		head.present = true;
		head.deadline = BPF_CORE_READ(scx_view(p), scx.dsq_vtime);
	}
	bpf_iter_scx_dsq_destroy___gs(&it);
	return head;
}

static bool is_earlier(const struct head *a, const struct head *b)
{
	return a->present && (!b->present || gs_before(a->deadline, b->deadline));
}

/* ------------------------------------------------------------------ use */

static u64 use_now(struct sched_task *task, u64 now)
{
	task->used = gs_use_after(task->used, now - task->used_at);
	task->used_at = now;
	return task->used;
}

/*
 * Accounts what p has run so far. ops.stopping is not called for a task that is kept on its CPU.
 * nice counts outside of games only.
 */
static void charge(struct task_struct *p, struct sched_task *task, u32 class, u64 now)
{
	u64 ran = task->run_from ? now - task->run_from : 0;

	task->run_from = 0;
	task->slice_ran += ran;
	if (class != GS_CLASS_GAME)
		ran = gs_weighted(ran, BPF_CORE_READ(scx_view(p), scx.weight));
	task->used = gs_min(use_now(task, now) + ran, gs_tunables.background_bound_ns);
}

/* ------------------------------------------------------------------ wake-up and queueing */

/* What every way to a CPU has in common: from now on p waits. */
static void start_waiting(struct sched_task *task, u64 now, u64 deadline, u64 slice)
{
	task->wait_from = now;
	task->deadline = deadline;
	task->slice_given = slice;
	task->slice_ran = 0;
}

/* The moment and the slice that p deserves now, or what is left of an unfinished turn. */
static u64 next_turn(struct task_struct *p, struct sched_task *task, const struct gs_tunables *t,
		     u64 now, u32 llc, bool wakeup, u64 *deadline)
{
	u64 rest = wakeup ? 0 : gs_slice_rest(task->slice_given, task->slice_ran);

	if (rest) {
		*deadline = task->deadline;
		return rest;
	}
	*deadline = now + gs_budget(t, class_of(p), use_now(task, now));
	return slice_for(t, llc);
}

static void dispatch_to(struct task_struct *p, s32 cpu, u64 slice, u64 flags)
{
	struct gs_cpu *there = cpu_at(cpu);
	struct sched_task *task = sched_task(p);

	there->task_class = class_of(p);
	if (task)
		there->deadline_ns = task->deadline;
	scx_insert(p, SCX_DSQ_LOCAL_ON | cpu, slice, flags);
}

SEC("struct_ops/gs_select_cpu")
s32 BPF_PROG(gs_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct sched_task *task = sched_task(p);
	struct gs_tunables t = tunables();
	bool idle = false;
	s32 cpu = prev_cpu;
	u64 now, slice;

	if (bpf_ksym_exists(scx_bpf_select_cpu_dfl___gs))
		cpu = scx_bpf_select_cpu_dfl___gs(p, prev_cpu, wake_flags, &idle);
	else if (bpf_ksym_exists(scx_bpf_test_and_clear_cpu_idle___gs))
		idle = may_run_on(p, prev_cpu) && scx_bpf_test_and_clear_cpu_idle___gs(prev_cpu);
	if (!idle)
		return cpu;
	now = bpf_ktime_get_ns();
	slice = slice_for(&t, llc_of(cpu));
	if (task)
		start_waiting(task, now, now + gs_budget(&t, class_of(p), use_now(task, now)),
			      slice);
	scx_insert(p, SCX_DSQ_LOCAL, slice, 0);
	count(GS_CNT_DIRECT);
	return cpu;
}

/* How much earlier than the running task's the deadline of one that is no game's must be. */
#define PREEMPT_MARGIN_NS (1000 * 1000)

/*
 * Whether a task of this class and deadline may take the CPU from the one that runs there: a game
 * task from anything else, others from others whose deadline is clearly later. What is overdue
 * keeps its CPU for the shortest slice first, or a game that wakes often enough would leave others
 * no more than the moment between two wake-ups, each time after a short wait.
 */
static bool may_preempt(s32 cpu, u32 class, u64 deadline, u64 now)
{
	struct gs_cpu *there = cpu_at(cpu);

	if (there->task_class != GS_CLASS_OTHER || gs_before(now, there->protected_until_ns))
		return false;
	return class == GS_CLASS_GAME ||
	       gs_before(deadline + PREEMPT_MARGIN_NS, there->deadline_ns);
}

/*
 * The CPU that runs the least urgent work among those that p may use, nearest first; -1 if nothing
 * is less urgent than p. Bounded, since it runs with interrupts off.
 */
static s32 least_urgent_cpu(struct task_struct *p, s32 home, u32 class, u64 deadline, u64 now)
{
	u32 nr = gs_config.nr_cpus;
	s32 best = -1;
	u64 latest = 0;
	int i;

	bpf_for (i, 0, PREEMPT_SEARCH) {
		u32 cpu = home + i;
		struct gs_cpu *there;

		if (i >= nr)
			break;
		if (cpu >= nr)
			cpu -= nr;
		if (cpu >= nr || !may_run_on(p, cpu) || llc_of(cpu) != llc_of(home))
			continue;
		if (!may_preempt(cpu, class, deadline, now))
			continue;
		there = cpu_at(cpu);
		if (best < 0 || gs_before(latest, there->deadline_ns)) {
			best = cpu;
			latest = there->deadline_ns;
		}
	}
	return best;
}

SEC("struct_ops/gs_enqueue")
void BPF_PROG(gs_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct sched_task *task = sched_task(p);
	struct gs_tunables t = tunables();
	bool wakeup = enq_flags & SCX_ENQ_WAKEUP;
	bool again = enq_flags & SCX_ENQ_REENQ;
	u64 now = bpf_ktime_get_ns(), slice, deadline;
	s32 home = home_of(p), cpu;
	u32 class = class_of(p);

	if (!task) {
		scx_insert(p, SCX_DSQ_LOCAL, t.slice_min_ns, enq_flags);
		return;
	}
	if (again)
		count(GS_CNT_REQUEUED);
	slice = next_turn(p, task, &t, now, llc_of(home), wakeup, &deadline);
	start_waiting(task, now, deadline, slice);

	/* Not again to the CPU that has just given it back. */
	if (is_cpu_kthread(p) && !again) {
		scx_insert(p, SCX_DSQ_LOCAL, slice, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	if (is_pinned(p)) {
		if (wakeup && t.preempt && !again && may_preempt(home, class, deadline, now)) {
			count(GS_CNT_PREEMPT);
			dispatch_to(p, home, slice, enq_flags | SCX_ENQ_PREEMPT);
			return;
		}
		goto queue;
	}
	cpu = scx_pick_idle(p->cpus_ptr);
	if (cpu >= 0) {
		count(GS_CNT_DIRECT);
		dispatch_to(p, cpu, slice, enq_flags);
		return;
	}
	if (wakeup && t.preempt) {
		cpu = least_urgent_cpu(p, home, class, deadline, now);
		if (cpu >= 0) {
			count(GS_CNT_PREEMPT);
			dispatch_to(p, cpu, slice, enq_flags | SCX_ENQ_PREEMPT);
			return;
		}
	}
queue:
	count(class == GS_CLASS_GAME ? GS_CNT_QUEUED_GAME : GS_CNT_QUEUED_OTHER);
	scx_insert_vtime(p, dsq_of(p, home), slice, deadline, enq_flags);
	/* A CPU may have gone idle between our look and the insertion. */
	if (!is_pinned(p)) {
		cpu = scx_pick_idle(p->cpus_ptr);
		if (cpu >= 0)
			scx_kick_idle(cpu);
	}
}

/* ------------------------------------------------------------------ a CPU is free */

/* The task that ran so far goes on if nobody who waits would be served before it. */
static bool keep_running(struct task_struct *prev, const struct head *head, struct gs_cpu *here,
			 u32 llc)
{
	struct gs_tunables t = tunables();
	struct sched_task *task;
	u64 now, deadline, slice;
	u32 class;

	if (!prev || !(BPF_CORE_READ(scx_view(prev), scx.flags) & SCX_TASK_QUEUED))
		return false;
	task = sched_task(prev);
	if (!task)
		return false;
	now = bpf_ktime_get_ns();
	class = class_of(prev);
	charge(prev, task, class, now);
	deadline = now + gs_budget(&t, class, task->used);
	if (head->present && !gs_before(deadline, head->deadline))
		return false;
	slice = slice_for(&t, llc);
	task->deadline = deadline;
	task->slice_given = slice;
	task->slice_ran = 0;
	task->run_from = now;
	here->deadline_ns = deadline;
	here->protected_until_ns = 0;
	scx_set_slice(prev, slice);
	count(GS_CNT_KEPT);
	return true;
}

/* Another domain's queue, a different one each time; taken from only if it is overdue or we have
 * nothing. */
static struct head other_domain(struct gs_cpu *here, u32 llc)
{
	struct head none = {};
	u32 nr = gs_config.nr_llcs, other;

	if (nr < 2)
		return none;
	other = here->next_steal + 1;
	if (other >= nr)
		other = 0;
	here->next_steal = other;
	return other == llc ? none : head_of(DSQ_LLC + other);
}

SEC("struct_ops/gs_dispatch")
void BPF_PROG(gs_dispatch, s32 cpu, struct task_struct *prev)
{
	u32 llc = llc_of(cpu);
	struct gs_cpu *here = cpu_at(cpu);
	struct head mine = head_of(DSQ_CPU + cpu), shared = head_of(DSQ_LLC + llc);
	struct head other = other_domain(here, llc), nobody = {};
	bool own_first = bpf_ksym_exists(bpf_iter_scx_dsq_new___gs) ? is_earlier(&mine, &shared)
								    : here->turn++ & 1;
	struct head first = own_first ? mine : shared;
	u64 second = first.dsq == mine.dsq ? shared.dsq : mine.dsq;
	int i;

	if (other.present && gs_before(other.deadline, bpf_ktime_get_ns()) &&
	    is_earlier(&other, &first)) {
		if (scx_move_to_local(other.dsq)) {
			count(GS_CNT_STEAL);
			return;
		}
	}
	if (keep_running(prev, &first, here, llc))
		return;
	if (scx_move_to_local(first.dsq) || scx_move_to_local(second))
		return;
	bpf_for (i, 0, GS_MAX_LLCS) {
		if (i >= gs_config.nr_llcs)
			break;
		if (i != llc && scx_move_to_local(DSQ_LLC + i)) {
			count(GS_CNT_STEAL);
			return;
		}
	}
	/* Who waits may not run here. The kernel would keep prev anyway, but with a slice of 20 ms.
	 */
	keep_running(prev, &nobody, here, llc);
}

/* ------------------------------------------------------------------ running and sleeping */

SEC("struct_ops/gs_running")
void BPF_PROG(gs_running, struct task_struct *p)
{
	struct sched_task *task = sched_task(p);
	struct gs_cpu *here = cpu_at(
		scx_bpf_task_cpu___gs(p)); /* a change of properties calls us from elsewhere */
	u32 class = class_of(p);
	u64 now, wait;

	here->task_class = class;
	if (!task)
		return;
	now = bpf_ktime_get_ns();
	here->deadline_ns = task->deadline;
	here->protected_until_ns =
		gs_before(task->deadline, now) ? now + gs_tunables.slice_min_ns : 0;
	task->run_from = now;
	if (!task->wait_from)
		return;
	wait = now - task->wait_from;
	task->wait_from = 0;
	if (class < GS_NR_CLASSES && wait > here->max_wait_ns[class])
		here->max_wait_ns[class] = wait;
}

SEC("struct_ops/gs_stopping")
void BPF_PROG(gs_stopping, struct task_struct *p, bool runnable)
{
	struct sched_task *task = sched_task(p);

	cpu_at(scx_bpf_task_cpu___gs(p))->task_class = GS_NR_CLASSES;
	if (task)
		charge(p, task, class_of(p), bpf_ktime_get_ns());
}

SEC("struct_ops/gs_quiescent")
void BPF_PROG(gs_quiescent, struct task_struct *p, u64 deq_flags)
{
	struct sched_task *task = sched_task(p);

	if (task)
		task->wait_from = 0;
}

/* ------------------------------------------------------------------ real-time tasks take CPUs */

/* Tasks that already stand at a CPU which a real-time task has taken go back into the queues.
 * Until 6.18. */
SEC("struct_ops/gs_cpu_release")
void BPF_PROG(gs_cpu_release, s32 cpu, struct scx_cpu_release_args___gs *args)
{
	if (bpf_ksym_exists(scx_bpf_reenqueue_local___gs))
		scx_bpf_reenqueue_local___gs();
}

/* The same from 6.19 on, where cpu_release is deprecated. */
SEC("?tp_btf/sched_switch")
int BPF_PROG(gs_switch, bool preempt, struct task_struct *prev, struct task_struct *next)
{
	if (next->prio >= MAX_RT_PRIO || prev->prio < MAX_RT_PRIO)
		return 0;
	if (bpf_ksym_exists(scx_bpf_reenqueue_local___v2___gs))
		scx_bpf_reenqueue_local___v2___gs();
	return 0;
}

/* ------------------------------------------------------------------ life of the scheduler */

/* Runs for every task at attach and at each fork; a child starts with its parent's use, so that
 * forking gains nothing. */
SEC("struct_ops.s/gs_init_task")
s32 BPF_PROG(gs_init_task, struct task_struct *p, struct scx_init_task_args___gs *args)
{
	struct sched_task *task =
		bpf_task_storage_get(&sched_tasks, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct sched_task *parent;

	if (!task)
		return -12; /* -ENOMEM */
	task->used_at = bpf_ktime_get_ns();
	if (!args->fork)
		return 0;
	parent = bpf_task_storage_get(&sched_tasks, bpf_get_current_task_btf(), NULL, 0);
	if (parent)
		task->used = gs_use_after(parent->used, task->used_at - parent->used_at);
	return 0;
}

SEC("struct_ops.s/gs_init")
s32 BPF_PROG(gs_init)
{
	s32 err;
	int i;

	bpf_for (i, 0, GS_MAX_CPUS) {
		if (i >= gs_config.nr_cpus)
			break;
		cpu_at(i)->task_class = GS_NR_CLASSES;
		err = scx_create_dsq(DSQ_CPU + i);
		if (err)
			return err;
	}
	bpf_for (i, 0, GS_MAX_LLCS) {
		if (i >= gs_config.nr_llcs)
			break;
		err = scx_create_dsq(DSQ_LLC + i);
		if (err)
			return err;
	}
	return 0;
}

SEC("struct_ops.s/gs_exit")
void BPF_PROG(gs_exit, struct scx_exit_info___gs *info)
{
	struct gs_ev_sched_exit *ev = bpf_ringbuf_reserve(&gs_events, sizeof(*ev), 0);

	/* The service also looks at the link and sysfs when it resynchronises, so a full buffer
	 * loses nothing for good. */
	if (!ev)
		return;
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->event.type = GS_EV_SCHED_EXIT;
	ev->event.size = sizeof(*ev);
	ev->event.at_ns = bpf_ktime_get_ns();
	ev->kind = info->kind;
	ev->code = info->exit_code;
	ev->instance = gs_config.instance;
	bpf_probe_read_kernel_str(ev->reason, sizeof(ev->reason), info->reason);
	bpf_probe_read_kernel_str(ev->msg, sizeof(ev->msg), info->msg);
	bpf_ringbuf_submit(ev, BPF_RB_FORCE_WAKEUP);
}

SEC(".struct_ops.link")
struct sched_ext_ops___gs gamesched = {
	.select_cpu = (void *)gs_select_cpu,
	.enqueue = (void *)gs_enqueue,
	.dispatch = (void *)gs_dispatch,
	.running = (void *)gs_running,
	.stopping = (void *)gs_stopping,
	.quiescent = (void *)gs_quiescent,
	.cpu_release = (void *)gs_cpu_release,
	.init_task = (void *)gs_init_task,
	.init = (void *)gs_init,
	.exit = (void *)gs_exit,
	.timeout_ms = WATCHDOG_MS,
	.name = "gamesched",
};

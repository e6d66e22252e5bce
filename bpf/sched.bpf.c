/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The scheduler: games first, nobody starved, nothing guessed.
 *
 * Aims. While a game runs beside other work, a game task that wakes up runs at once: on an idle
 * CPU, on the CPU of something less urgent, or at least ahead of what waits. Everything else runs
 * in what is left, and never waits longer than its bound while the load leaves room for that.
 *
 * How. A task that finds an idle CPU goes straight to it; a waking game task that finds none takes
 * the CPU of something less urgent. Otherwise it waits in a queue of its last-level cache, one for
 * games and one for all others, each ordered by deadline = the moment from which it waits + budget
 * (deadline.h). A task that may run on one CPU only waits in that CPU's own queues, with the same
 * order. A CPU that becomes free serves games first; the task that it ran so far stays if it would
 * be served next. A domain without work takes from others, and every domain's overdue tasks are
 * looked at by all, one domain per decision.
 *
 * Nobody starves. A task that is overdue by a quarter of the bound goes before games, keeps its CPU
 * for the shortest slice at least, and then it is a game's turn again: in an overload both get on.
 *
 * Fairness among others. A task's budget grows with the CPU time that it has used of late, weighted
 * by nice: who got less is ahead next time. A waking task takes the CPU of another whose deadline
 * is clearly later, so that sleepers need not wait for the end of a hog's slice.
 *
 * A task whose slice was cut short keeps its deadline and gets the rest of the slice: preemption
 * must not cost it its turn. Kernel threads that belong to one CPU go to that CPU directly: whoever
 * delays them delays interrupts' work.
 *
 * Assumptions. Attached only while gaming mode is on; the service re-attaches after CPU hotplug,
 * because a task that waits in the queue of a CPU that goes away could not be moved (the kernel
 * asks for a restart by default).
 *
 * What it does not do: cgroup weights are not looked at yet, CPU frequency is left alone, and of a
 * game's threads it only knows who computes more.
 *
 * Clocks of different CPUs may differ by microseconds (scx_now): deadlines do not mind, and a
 * difference that would be negative counts as none.
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

/* Queue ids: for each class one queue for each cache domain and one for each CPU. */
#define DSQ_CPU         0x10000
#define DSQ_CLASS_SHIFT 17

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
	u32 class;  /* enum gs_class, as of its last wake-up or queueing */
	u32 weight; /* 100: nice 0; nice counts outside of games only */
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
	return gs_config.place[cpu & (GS_MAX_CPUS - 1)].llc & (GS_MAX_LLCS - 1);
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

static u64 slice_for(const struct gs_tunables *t, const struct sched_task *task, u32 llc)
{
	if (!scx_can_count())
		return t->slice_ns / 2;
	return gs_slice(t, scx_nr_queued(llc_dsq(task->class, llc)),
			gs_config.cpus_of_llc[llc & (GS_MAX_LLCS - 1)], task->weight);
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
			head->deadline = BPF_CORE_READ(scx_view(p), scx.dsq_vtime);
			break;
		}
	}
	bpf_iter_scx_dsq_destroy___gs(&it);
}

static bool is_earlier(const struct head *a, const struct head *b)
{
	return a->present && (!b->present || gs_before(a->deadline, b->deadline));
}

/* ------------------------------------------------------------------ use */

/* What a task is may change at any time (registration, renice); from its next wake-up on it counts.
 */
static void look_at(struct task_struct *p, struct sched_task *task)
{
	task->class = class_of(p);
	task->weight = task->class == GS_CLASS_GAME ? 100 : BPF_CORE_READ(scx_view(p), scx.weight);
}

static u64 use_now(struct sched_task *task, u64 now)
{
	task->used = gs_use_after(task->used, gs_since(now, task->used_at));
	task->used_at = now;
	return task->used;
}

/* Use beyond this makes no difference any more, and would take long to be forgotten. */
#define USE_MAX_NS (250 * 1000 * 1000ULL)

/* Accounts what a task has run so far. ops.stopping is not called for one that is kept on its CPU.
 */
static void charge(struct sched_task *task, u64 now)
{
	u64 ran = task->run_from ? gs_since(now, task->run_from) : 0;

	task->run_from = 0;
	task->slice_ran += ran;
	task->used = gs_min(use_now(task, now) + gs_weighted(ran, task->weight), USE_MAX_NS);
}

/* ------------------------------------------------------------------ wake-up and queueing */

/* What every way to a CPU has in common: from now on it waits, unless it has waited already. */
static void start_waiting(struct sched_task *task, u64 now, u64 deadline, u64 slice)
{
	if (!task->wait_from)
		task->wait_from = now;
	task->deadline = deadline;
	task->slice_given = slice;
	task->slice_ran = 0;
}

/* The moment and the slice that a task deserves now, or what is left of an unfinished turn. */
static u64 next_turn(struct sched_task *task, const struct gs_tunables *t, u64 now, u32 llc,
		     bool wakeup, u64 *deadline)
{
	u64 rest = wakeup ? 0 : gs_slice_rest(task->slice_given, task->slice_ran);

	if (rest) {
		*deadline = task->deadline;
		return rest;
	}
	*deadline = now + gs_budget(t, task->class, use_now(task, now));
	return slice_for(t, task, llc);
}

/* How much earlier than the running task's the deadline of one that is no game's must be. */
#define PREEMPT_MARGIN_NS (1000 * 1000)

/*
 * Whether a task of this class and deadline may take the CPU from the one that runs there: a game
 * task from anything else, others from others whose deadline is clearly later.
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
 * A CPU that p may take; negative if there is none. The one that we are on comes first: it needs no
 * interrupt from another CPU to change its mind, and a timer or device that wakes p did so where it
 * interrupted something. Then, nearest first, the one that runs the least urgent work. Bounded,
 * since it runs with interrupts off; those that are no game's look at two CPUs only.
 */
static s32 preemptible_cpu(struct task_struct *p, s32 prev_cpu, u32 class, u64 deadline, u64 now)
{
	u32 nr = gs_config.nr_cpus, llc = llc_of(prev_cpu);
	s32 this_cpu = bpf_get_smp_processor_id(), best = -1;
	u64 latest = 0;
	int i;

	if (llc_of(this_cpu) == llc && may_run_on(p, this_cpu) &&
	    may_preempt(this_cpu, class, deadline, now))
		return this_cpu;
	bpf_for (i, 0, PREEMPT_SEARCH) {
		u32 cpu = prev_cpu + i;
		struct gs_cpu *there;

		if (i >= nr || (i && class != GS_CLASS_GAME))
			break;
		if (cpu >= nr)
			cpu -= nr;
		if (cpu >= nr || !may_run_on(p, cpu) || llc_of(cpu) != llc ||
		    !may_preempt(cpu, class, deadline, now))
			continue;
		there = cpu_at(cpu);
		if (best < 0 || gs_before(latest, there->deadline_ns)) {
			best = cpu;
			latest = there->deadline_ns;
		}
	}
	return best;
}

SEC("struct_ops/gs_select_cpu")
s32 BPF_PROG(gs_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct sched_task *task = sched_task(p);
	struct gs_tunables t = tunables();
	bool idle = false;
	s32 cpu = prev_cpu, other;
	u64 now, slice, deadline;

	/* A waker that is about to sleep keeps its CPU for the rest of its slice all the same. */
	if (bpf_ksym_exists(scx_bpf_select_cpu_dfl___gs))
		cpu = scx_bpf_select_cpu_dfl___gs(p, prev_cpu, wake_flags & ~SCX_WAKE_SYNC, &idle);
	else if (bpf_ksym_exists(scx_bpf_test_and_clear_cpu_idle___gs))
		idle = may_run_on(p, prev_cpu) && scx_bpf_test_and_clear_cpu_idle___gs(prev_cpu);
	if (!task)
		return cpu;
	now = scx_now();
	look_at(p, task);
	deadline = now + gs_budget(&t, task->class, use_now(task, now));
	if (idle) {
		slice = slice_for(&t, task, llc_of(cpu));
		start_waiting(task, now, deadline, slice);
		scx_insert(p, SCX_DSQ_LOCAL, slice, 0);
		count(GS_CNT_DIRECT);
		return cpu;
	}
	/* Preempting is gs_enqueue's; it comes next, with p on the CPU that is returned here. */
	other = t.preempt ? preemptible_cpu(p, prev_cpu, task->class, deadline, now) : -1;
	return other >= 0 ? other : cpu;
}

/* p goes to the head of the CPU that it is on and takes it at once. */
static void preempt(struct task_struct *p, struct sched_task *task, s32 cpu, u64 slice, u64 flags)
{
	struct gs_cpu *there = cpu_at(cpu);

	there->task_class = task->class;
	there->deadline_ns = task->deadline;
	count(GS_CNT_PREEMPT);
	if (task->class == GS_CLASS_GAME && !(p->flags & PF_KTHREAD))
		count(GS_CNT_PREEMPT_GAME);
	scx_insert(p, SCX_DSQ_LOCAL, slice, flags | SCX_ENQ_PREEMPT);
}

/*
 * p is queued: an idle CPU must notice. The insertion takes place when we have returned, so a CPU
 * that is just becoming idle may miss it: gs_update_idle looks once more from there, and here CPUs
 * that run nothing of ours are kicked, which the kernel does after the insertion and only if they
 * are idle.
 */
static void wake_somebody(struct task_struct *p, s32 home)
{
	u32 nr = gs_config.nr_cpus;
	s32 idle;
	int i;

	if (!scx_can_kick())
		return;
	idle = scx_pick_idle(p->cpus_ptr);
	if (idle >= 0) {
		scx_kick(idle, SCX_KICK_IDLE);
		return;
	}
	bpf_for (i, 1, PREEMPT_SEARCH) {
		u32 cpu = home + i;

		if (i >= nr)
			break;
		if (cpu >= nr)
			cpu -= nr;
		if (cpu < nr && cpu_at(cpu)->task_class == GS_NR_CLASSES && may_run_on(p, cpu)) {
			scx_kick(cpu, SCX_KICK_IDLE);
			return;
		}
	}
}

SEC("struct_ops/gs_enqueue")
void BPF_PROG(gs_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct sched_task *task = sched_task(p);
	struct gs_tunables t = tunables();
	bool wakeup = enq_flags & SCX_ENQ_WAKEUP;
	bool again = enq_flags & SCX_ENQ_REENQ;
	bool pinned = is_pinned(p);
	u64 now = scx_now(), slice, deadline;
	s32 home = home_of(p), cpu;

	if (!task) {
		scx_insert(p, SCX_DSQ_LOCAL, t.slice_min_ns, enq_flags);
		return;
	}
	if (again)
		count(GS_CNT_REQUEUED);
	look_at(p, task);
	slice = next_turn(task, &t, now, llc_of(home), wakeup, &deadline);
	start_waiting(task, now, deadline, slice);

	/* Once, not at the end of each slice: two of them would keep everybody else from the CPU.
	 */
	if (is_cpu_kthread(p) && wakeup && !again) {
		scx_insert(p, SCX_DSQ_LOCAL, slice, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	if (wakeup && t.preempt && !again && home == scx_bpf_task_cpu___gs(p) &&
	    may_preempt(home, task->class, deadline, now)) {
		preempt(p, task, home, slice, enq_flags);
		return;
	}
	/* gs_select_cpu has just looked for waking tasks; where nobody can be kicked, look again.
	 */
	if ((!wakeup || !scx_can_kick()) && !pinned) {
		cpu = scx_pick_idle(p->cpus_ptr);
		if (cpu >= 0) {
			count(GS_CNT_DIRECT);
			scx_insert(p, SCX_DSQ_LOCAL_ON | cpu, slice, enq_flags);
			return;
		}
	}
	count(task->class == GS_CLASS_GAME ? GS_CNT_QUEUED_GAME : GS_CNT_QUEUED_OTHER);
	scx_insert_vtime(p, dsq_of(p, task->class, home), slice, deadline, enq_flags);
	if (!pinned)
		wake_somebody(p, home);
}

/* ------------------------------------------------------------------ a CPU is free */

/* One decision of one CPU. */
struct turn {
	struct gs_tunables t;
	struct gs_cpu *here;
	u64 now;
	s32 cpu;
	u32 llc;
};

/* Who is to be served next. */
struct choice {
	struct head head;
	u32 class;
	bool rescue; /* overdue: goes before games */
};

static __always_inline struct head first_of(u32 class, const struct turn *turn)
{
	struct head own, shared;

	head_of(cpu_dsq(class, turn->cpu), turn->cpu, &own);
	head_of(llc_dsq(class, turn->llc), turn->cpu, &shared);
	if (!bpf_ksym_exists(bpf_iter_scx_dsq_new___gs) && own.present && shared.present) {
		turn->here->turn ^= 1 << class;
		return turn->here->turn >> class & 1 ? own : shared;
	}
	return is_earlier(&own, &shared) ? own : shared;
}

static __always_inline struct choice choose(const struct turn *turn)
{
	struct head game = first_of(GS_CLASS_GAME, turn);
	struct head other = first_of(GS_CLASS_OTHER, turn);
	bool overdue = other.present && gs_is_overdue(&turn->t, other.deadline, turn->now);
	struct choice choice = { .head = game, .class = GS_CLASS_GAME };

	if (!game.present || (overdue && !turn->here->rescued)) {
		choice.head = other;
		choice.class = GS_CLASS_OTHER;
		choice.rescue = overdue;
	}
	return choice;
}

/* Whether the task that ran so far would be served before the choice. */
static bool is_next(u32 class, u64 deadline, const struct choice *choice)
{
	if (!choice->head.present)
		return true;
	if (class != choice->class)
		return class == GS_CLASS_GAME && !choice->rescue;
	return gs_before(deadline, choice->head.deadline);
}

static bool keep_running(struct task_struct *prev, const struct choice *choice,
			 const struct turn *turn)
{
	struct sched_task *task;
	u64 deadline, slice;

	if (!prev || !(BPF_CORE_READ(scx_view(prev), scx.flags) & SCX_TASK_QUEUED))
		return false;
	task = sched_task(prev);
	if (!task)
		return false;
	charge(task, turn->now);
	deadline = turn->now + gs_budget(&turn->t, task->class, task->used);
	if (!is_next(task->class, deadline, choice))
		return false;
	slice = slice_for(&turn->t, task, turn->llc);
	task->deadline = deadline;
	task->slice_given = slice;
	task->slice_ran = 0;
	task->run_from = turn->now;
	turn->here->deadline_ns = deadline;
	turn->here->protected_until_ns = 0;
	scx_set_slice(prev, slice);
	count(GS_CNT_KEPT);
	return true;
}

/*
 * Takes what is overdue in another cache domain, a different one each time: games only before
 * others, others by the same rule as at home.
 */
static bool help_out(const struct choice *choice, const struct turn *turn)
{
	u32 nr = gs_config.nr_llcs, there = turn->here->next_steal + 1;
	struct head game, other;

	if (nr < 2)
		return false;
	if (there >= nr)
		there = 0;
	turn->here->next_steal = there;
	if (there == turn->llc || choice->rescue)
		return false;
	head_of(llc_dsq(GS_CLASS_GAME, there), turn->cpu, &game);
	if (game.present && gs_before(game.deadline, turn->now) &&
	    (!choice->head.present || choice->class != GS_CLASS_GAME) &&
	    scx_move_to_local(game.dsq)) {
		turn->here->rescued = 0;
		count(GS_CNT_STEAL);
		return true;
	}
	head_of(llc_dsq(GS_CLASS_OTHER, there), turn->cpu, &other);
	if (other.present && gs_is_overdue(&turn->t, other.deadline, turn->now) &&
	    !turn->here->rescued && scx_move_to_local(other.dsq)) {
		turn->here->rescued = 1;
		count(GS_CNT_STEAL);
		count(GS_CNT_RESCUE);
		return true;
	}
	return false;
}

/* Anything that may run here, of this domain first. */
static bool take_any(const struct turn *turn)
{
	u32 class;
	int i;

	bpf_for (class, 0, GS_NR_CLASSES) {
		if (scx_move_to_local(first_of(class, turn).dsq) ||
		    scx_move_to_local(cpu_dsq(class, turn->cpu)) ||
		    scx_move_to_local(llc_dsq(class, turn->llc)))
			return true;
	}
	bpf_for (i, 0, GS_MAX_LLCS) {
		if (i >= gs_config.nr_llcs)
			break;
		if (i != turn->llc && (scx_move_to_local(llc_dsq(GS_CLASS_GAME, i)) ||
				       scx_move_to_local(llc_dsq(GS_CLASS_OTHER, i)))) {
			count(GS_CNT_STEAL);
			return true;
		}
	}
	return false;
}

SEC("struct_ops/gs_dispatch")
void BPF_PROG(gs_dispatch, s32 cpu, struct task_struct *prev)
{
	struct turn turn = {
		.t = tunables(),
		.here = cpu_at(cpu),
		.now = scx_now(),
		.cpu = cpu,
		.llc = llc_of(cpu),
	};
	struct choice choice = choose(&turn), nobody = {};
	bool kept;

	if (help_out(&choice, &turn))
		return;
	kept = keep_running(prev, &choice, &turn);
	if (!kept && choice.head.present && scx_move_to_local(choice.head.dsq)) {
		turn.here->rescued = choice.rescue;
		if (choice.rescue)
			count(GS_CNT_RESCUE);
		return;
	}
	turn.here->rescued = 0;
	if (kept)
		return;
	/* The choice was somebody else's meanwhile. */
	if (take_any(&turn))
		return;
	/* The kernel would keep prev anyway, but with a slice of 20 ms. */
	keep_running(prev, &nobody, &turn);
}

/* ops.update_idle: see wake_somebody. */
SEC("struct_ops/gs_update_idle")
void BPF_PROG(gs_update_idle, s32 cpu, bool idle)
{
	u32 class;

	if (!idle || !scx_can_count())
		return;
	bpf_for (class, 0, GS_NR_CLASSES) {
		if (scx_nr_queued(llc_dsq(class, llc_of(cpu))) ||
		    scx_nr_queued(cpu_dsq(class, cpu))) {
			scx_kick(cpu, 0);
			return;
		}
	}
}

/* ------------------------------------------------------------------ running and sleeping */

SEC("struct_ops/gs_running")
void BPF_PROG(gs_running, struct task_struct *p)
{
	struct sched_task *task = sched_task(p);
	/* Not always ours: a change of properties calls us from elsewhere. */
	struct gs_cpu *here = cpu_at(scx_bpf_task_cpu___gs(p));
	struct gs_tunables t = tunables();
	u64 now, wait;
	u32 class;

	if (!task) {
		here->task_class = class_of(p);
		return;
	}
	now = scx_now();
	class = task->class;
	here->task_class = class;
	here->deadline_ns = task->deadline;
	here->protected_until_ns =
		gs_is_overdue(&t, task->deadline, now) ? now + t.slice_min_ns : 0;
	task->run_from = now;
	if (!task->wait_from)
		return;
	wait = gs_since(now, task->wait_from);
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
		charge(task, scx_now());
}

SEC("struct_ops/gs_quiescent")
void BPF_PROG(gs_quiescent, struct task_struct *p, u64 deq_flags)
{
	struct sched_task *task = sched_task(p);

	if (task && (deq_flags & SCX_DEQ_SLEEP))
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
	look_at(p, task);
	task->used_at = scx_now();
	if (!args->fork)
		return 0;
	parent = bpf_task_storage_get(&sched_tasks, bpf_get_current_task_btf(), NULL, 0);
	if (parent)
		task->used = gs_use_after(parent->used, gs_since(task->used_at, parent->used_at));
	return 0;
}

static s32 create_dsqs(bool of_cpus, u32 nr)
{
	u32 class, i;
	s32 err;

	bpf_for (i, 0, nr) {
		bpf_for (class, 0, GS_NR_CLASSES) {
			err = scx_create_dsq(of_cpus ? cpu_dsq(class, i) : llc_dsq(class, i));
			if (err)
				return err;
		}
	}
	return 0;
}

SEC("struct_ops.s/gs_init")
s32 BPF_PROG(gs_init)
{
	s32 err;
	int i;

	bpf_for (i, 0, GS_MAX_CPUS)
		cpu_at(i)->task_class = GS_NR_CLASSES;
	err = create_dsqs(true, gs_config.nr_cpus);
	return err ?: create_dsqs(false, gs_config.nr_llcs);
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
	.update_idle = (void *)gs_update_idle,
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

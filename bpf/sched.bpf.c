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
 * the CPU of something less urgent (place.bpf.h). Otherwise it waits in a queue of its last-level
 * cache, one for games and one for all others, each ordered by deadline = the moment from which it
 * waits + budget (deadline.h). A task that may run on one CPU only waits in that CPU's own queues,
 * with the same order (queues.bpf.h). A CPU that becomes free serves games first; the task that it
 * ran so far stays if it would be served next. A domain without work takes from others, and every
 * domain's overdue tasks are looked at by all, one domain per decision.
 *
 * Threads of a game differ by facts (facts.bpf.h, roles.h): who is woken by input or audio, submits
 * to the GPU, or is woken by such a thread, has less of a budget and may take the CPU of a thread
 * that nobody waits for. What serves the session, compositor and audio server, counts as a game's
 * critical thread while it uses little.
 *
 * Nobody starves. A task that is overdue by a quarter of the bound goes before games, keeps its CPU
 * for the shortest slice at least, and then it is a game's turn again: in an overload both get on.
 *
 * Fairness among others. A task's budget grows with the CPU time that it has used of late, weighted
 * by nice and cpu.weight (groups.bpf.h): who got less is ahead next time. A waking task takes the
 * CPU of another whose deadline is clearly later, so that sleepers need not wait for the end of a
 * hog's slice.
 *
 * A task whose slice was cut short keeps its deadline and gets the rest of the slice: preemption
 * must not cost it its turn. Kernel threads that belong to one CPU go to that CPU directly: whoever
 * delays them delays interrupts' work.
 *
 * Assumptions. Attached only while gaming mode is on; the service re-attaches after CPU hotplug,
 * because a task that waits in the queue of a CPU that goes away could not be moved (the kernel
 * asks for a restart by default).
 *
 * If a task waits in vain all the same, the scheduler ends itself (stall.bpf.h).
 *
 * What it does not do: it does not enforce cpu.max, and gives groups no shares of their own.
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
#include "facts.bpf.h"
#include "faults.bpf.h"
#include "groups.bpf.h"
#include "histogram.h"
#include "place.bpf.h"
#include "queues.bpf.h"
#include "roles.h"
#include "scx.bpf.h"
#include "stall.bpf.h"
#include "state.bpf.h"
#include "stats.bpf.h"

char LICENSE[] SEC("license")
= "GPL";

/* The kernel's own watchdog is the last resort; it wakes the machine every half of this. */
#define WATCHDOG_MS 20000

static struct gs_tunables tunables(void)
{
	struct gs_tunables t = {
		.slice_ns = gs_tunables.slice_ns,
		.slice_min_ns = gs_tunables.slice_min_ns,
		.game_budget_ns = gs_tunables.game_budget_ns,
		.background_bound_ns = gs_tunables.background_bound_ns,
		.preempt = gs_tunables.preempt,
		.full_frequency = gs_tunables.full_frequency,
	};

	return t;
}

/* ------------------------------------------------------------------ what a thread deserves */

/* CPU time beyond this makes no difference any more, and would take long to be forgotten. */
#define USE_MAX_NS (250 * 1000 * 1000ULL)

static u64 use_now(struct gs_thread *thread, u64 now)
{
	u64 elapsed = gs_since(now, thread->used_at);

	thread->used = gs_use_after(thread->used, elapsed);
	thread->ran = gs_use_after(thread->ran, elapsed);
	thread->used_at = now;
	return thread->used;
}

/* Accounts what a task has run so far. ops.stopping is not called for one that is kept on its CPU.
 */
static void charge(struct gs_thread *thread, u64 now)
{
	u64 ran = thread->run_from ? gs_since(now, thread->run_from) : 0;

	if (thread->run_from)
		note_run(thread, ran);
	thread->run_from = 0;
	thread->slice_ran += ran;
	thread->used = gs_min(use_now(thread, now) + gs_weighted(ran, thread->weight), USE_MAX_NS);
	thread->ran = gs_min(thread->ran + ran, USE_MAX_NS);
}

/* Kernel threads work for everybody, games included. */
static u32 class_of(const struct gs_thread *thread, bool of_game, u32 role)
{
	if (thread->kernel || of_game)
		return GS_CLASS_GAME;
	return role != GS_ROLE_NONE && thread->ran < GS_SESSION_USE_MAX_NS ? GS_CLASS_GAME
									   : GS_CLASS_OTHER;
}

static u32 party_of(const struct gs_thread *thread)
{
	if (thread->kernel)
		return GS_PARTY_KERNEL;
	if (thread->tree)
		return GS_PARTY_GAME;
	return thread->task_class == GS_CLASS_GAME ? GS_PARTY_SESSION : GS_PARTY_OTHER;
}

/* What a thread is may change at any time (registration, facts, renice, groups): looked at at every
 * wake-up and whenever its slice is over. */
static void classify(struct task_struct *p, struct gs_thread *thread, u64 tree, u64 now)
{
	u32 role = GS_ROLE_NONE, distance = thread->distance;
	bool window = false;
	u64 focus = gs_focus;

	use_now(thread, now);
	if (gs_tunables.roles) {
		role = live_role(thread, now);
		window = role != GS_ROLE_NONE && in_window(thread, now);
		if (role == GS_ROLE_NONE) {
			role = thread->session;
			distance = 0;
		}
	}
	thread->task_class = class_of(thread, tree, role);
	thread->tree = tree;
	thread->party = party_of(thread);
	thread->served_as = role;
	if (thread->task_class == GS_CLASS_GAME) {
		thread->weight = GS_WEIGHT_DEFAULT;
		/* Whoever delays a CPU's own kernel threads delays interrupts' work. */
		thread->rank = is_cpu_kthread(p)                ? GS_RANK_WINDOW
			       : focus && tree && tree != focus ? gs_rank_behind(role)
								: gs_rank(role, distance, window);
		return;
	}
	thread->weight = gs_nested_weight(scx_view(p)->scx.weight, group_weight(thread));
	thread->rank = GS_RANK_PLAIN;
}

/* Of a thread that becomes runnable now, as it was classified last. */
static u64 deadline_of(const struct gs_thread *thread, const struct gs_tunables *t, u64 now)
{
	return now + gs_budget(t, thread->task_class, thread->rank, thread->used);
}

static u64 slice_for(const struct gs_tunables *t, const struct gs_thread *thread, u32 llc)
{
	if (!scx_can_count())
		return t->slice_ns / 2;
	return gs_slice(t, scx_nr_queued(llc_dsq(thread->task_class, llc)),
			gs_config.cpus_of_llc[llc & (GS_MAX_LLCS - 1)], thread->weight);
}

/* ------------------------------------------------------------------ wake-up and queueing */

/* Once for each wake-up, on the CPU of whoever wakes it. */
static void wake_up(struct task_struct *p, struct gs_thread *thread, const struct gs_tunables *t,
		    u64 now)
{
	u64 tree = tree_of(p);

	if (gs_tunables.roles)
		note_wakeup(thread, tree || thread->session, now);
	classify(p, thread, tree, now);
	thread->deadline = deadline_of(thread, t, now);
}

/* What every way to a CPU has in common: from now on it waits, unless it has waited already. */
static void start_waiting(struct gs_thread *thread, u64 now, u64 slice)
{
	if (!thread->wait_from)
		thread->wait_from = now;
	thread->woken = 0;
	thread->slice_given = slice;
	thread->slice_ran = 0;
}

/* To the CPU that gs_select_cpu returns, without a queue. */
static void go_directly(struct task_struct *p, struct gs_thread *thread, u64 slice, u64 now)
{
	start_waiting(thread, now, slice);
	scx_insert(p, SCX_DSQ_LOCAL, slice, 0);
	count(GS_CNT_DIRECT);
}

/*
 * What is left of the current task's slice, if it says that it sleeps once it has woken the thread,
 * and neither is of a game: those two share what is left, so that tasks which take turns are served
 * without a queue in between, and nobody waits for them longer than for one. (A game's thread must
 * not wait for a waker that does not keep its word.)
 */
static u64 handed_over(const struct gs_thread *thread, u64 wake_flags, u64 now)
{
	struct gs_thread *waker;

	if (!(wake_flags & SCX_WAKE_SYNC) || thread->task_class != GS_CLASS_OTHER ||
	    !in_task_context())
		return 0;
	waker = thread_of(bpf_get_current_task_btf());
	if (!waker || !waker->run_from || waker->task_class != GS_CLASS_OTHER)
		return 0;
	return gs_slice_rest(waker->slice_given, waker->slice_ran + gs_since(now, waker->run_from));
}

SEC("struct_ops/gs_select_cpu")
s32 BPF_PROG(gs_select_cpu, struct task_struct *p, s32 prev_cpu, u64 wake_flags)
{
	struct gs_thread *thread = thread_of(p);
	struct gs_tunables t = tunables();
	bool idle = false;
	s32 cpu, other;
	u64 now, slice;

	if (!thread)
		return find_idle_cpu(p, false, prev_cpu, wake_flags, &idle);
	now = scx_now();
	wake_up(p, thread, &t, now);
	cpu = find_idle_cpu(p, thread->rank < GS_RANK_PLAIN, prev_cpu, wake_flags, &idle);
	if (idle) {
		count_placement(cpu, prev_cpu);
		go_directly(p, thread, slice_for(&t, thread, llc_of(cpu)), now);
		return cpu;
	}
	other = bpf_get_smp_processor_id();
	slice = handed_over(thread, wake_flags, now);
	if (slice && may_run_on(p, other) && scx_is_local_empty()) {
		count(GS_CNT_HANDED_OVER);
		go_directly(p, thread, gs_min(slice, slice_for(&t, thread, llc_of(other))), now);
		return other;
	}
	thread->woken = 1;
	/* Preempting is gs_enqueue's; it comes next, with p on the CPU that is returned here. */
	other = t.preempt ? preemptible_cpu(p, thread, prev_cpu, now) : -1;
	return other >= 0 ? other : cpu;
}

/* The slice of a task that is about to wait, with its deadline set; what is left of both if its
 * turn was cut short. */
static u64 next_turn(struct task_struct *p, struct gs_thread *thread, const struct gs_tunables *t,
		     u64 now, u32 llc, bool wakeup)
{
	u64 rest;

	if (wakeup) {
		if (!thread->woken)
			wake_up(p, thread, t, now);
		return slice_for(t, thread, llc);
	}
	classify(p, thread, tree_of(p), now);
	rest = gs_slice_rest(thread->slice_given, thread->slice_ran);
	if (rest)
		return rest;
	thread->deadline = deadline_of(thread, t, now);
	return slice_for(t, thread, llc);
}

/* The thread is what runs here from now on. */
static void occupy(struct gs_cpu *here, const struct gs_thread *thread)
{
	here->task_class = thread->task_class;
	here->rank = thread->rank;
	here->deadline_ns = thread->deadline;
	here->taken = 0;
}

/* p goes to the head of the CPU that it is on and takes it at once. */
static void preempt(struct task_struct *p, struct gs_thread *thread, s32 cpu, u64 slice, u64 flags)
{
	struct gs_cpu *there = cpu_at(cpu);

	occupy(there, thread);
	there->taken = 1;
	thread->took_cpu = cpu + 1;
	++thread->preempts;
	count(GS_CNT_PREEMPT);
	if (thread->task_class == GS_CLASS_GAME && !thread->kernel)
		count(GS_CNT_PREEMPT_GAME);
	scx_insert(p, SCX_DSQ_LOCAL, slice, flags | SCX_ENQ_PREEMPT);
}

SEC("struct_ops/gs_enqueue")
void BPF_PROG(gs_enqueue, struct task_struct *p, u64 enq_flags)
{
	struct gs_thread *thread = thread_of(p);
	struct gs_tunables t = tunables();
	bool wakeup = enq_flags & SCX_ENQ_WAKEUP;
	bool again = enq_flags & SCX_ENQ_REENQ;
	bool pinned = is_pinned(p);
	u64 now = scx_now(), slice;
	s32 home = home_of(p), cpu;

	if (!thread) {
		scx_insert(p, SCX_DSQ_LOCAL, t.slice_min_ns, enq_flags);
		return;
	}
	if (again)
		count(GS_CNT_REQUEUED);
	wakeup |= thread->woken; /* a new task wakes up without the flag */
	slice = next_turn(p, thread, &t, now, llc_of(home), wakeup);
	start_waiting(thread, now, slice);

	/* Once, not at the end of each slice: two of them would keep everybody else from the CPU.
	 */
	if (is_cpu_kthread(p) && wakeup && !again) {
		scx_insert(p, SCX_DSQ_LOCAL, slice, enq_flags | SCX_ENQ_PREEMPT);
		return;
	}
	if (wakeup && t.preempt && !again && home == scx_bpf_task_cpu___gs(p) &&
	    may_preempt(thread, home, now)) {
		preempt(p, thread, home, slice, enq_flags);
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
	count(thread->task_class == GS_CLASS_GAME ? GS_CNT_QUEUED_GAME : GS_CNT_QUEUED_OTHER);
	begin_to_count(thread, pinned, home);
	if (inject_fault(p, thread, slice))
		return;
	scx_insert_vtime(p, dsq_of(p, thread->task_class, home), slice, thread->deadline,
			 enq_flags);
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

static bool wants_to_go_on(struct task_struct *prev)
{
	return prev && scx_view(prev)->scx.flags & SCX_TASK_QUEUED;
}

/*
 * Most turns: what ran here sleeps, and of all that waits only others do, none of them for this CPU
 * alone. Then deadlines need not be looked at, which takes longer than everything else. False if it
 * is not so.
 */
static __always_inline bool choose_other(struct task_struct *prev, const struct turn *turn,
					 struct choice *choice)
{
	if (!scx_can_count() || wants_to_go_on(prev) || somebody_waits(GS_CLASS_GAME, turn->cpu) ||
	    scx_nr_queued(cpu_dsq(GS_CLASS_OTHER, turn->cpu)))
		return false;
	choice->head.dsq = llc_dsq(GS_CLASS_OTHER, turn->llc);
	choice->head.present = scx_nr_queued(choice->head.dsq) > 0;
	choice->class = GS_CLASS_OTHER;
	return true;
}

/* Whether the task that ran so far would be served before the choice. */
static bool is_next(const struct gs_thread *thread, u64 deadline, const struct choice *choice)
{
	if (!choice->head.present)
		return true;
	if (thread->task_class != choice->class)
		return thread->task_class == GS_CLASS_GAME && !choice->rescue;
	return gs_before(deadline, choice->head.deadline);
}

/* For how long a CPU keeps a performance that nothing needs: asking again takes the hardware longer
 * than the gap between two frames. */
#define PERFORMANCE_LINGER_NS (50 * 1000 * 1000)

static void request_performance(struct gs_cpu *here, s32 cpu, u64 wanted, u64 now)
{
	if (wanted >= here->performance)
		here->performance_at_ns = now;
	else if (gs_since(now, here->performance_at_ns) < PERFORMANCE_LINGER_NS)
		return;
	if (wanted == here->performance)
		return;
	here->performance = wanted;
	here->performance_at_ns = now;
	scx_set_performance(cpu, wanted);
	count(GS_CNT_FREQUENCY);
}

/* Matters where a governor listens (schedutil); elsewhere it is a number that nobody reads. */
static void ask_for_performance(struct gs_cpu *here, s32 cpu, const struct gs_thread *thread,
				bool full, u64 now)
{
	u64 wanted;

	if (thread->kernel)
		return;
	wanted = full && thread->task_class == GS_CLASS_GAME ? GS_PERFORMANCE_FULL
							     : gs_performance(thread->ran);

	request_performance(here, cpu, wanted, now);
}

static bool keep_running(struct task_struct *prev, const struct choice *choice,
			 const struct turn *turn)
{
	struct gs_thread *thread;
	u64 slice, deadline;

	if (!wants_to_go_on(prev))
		return false;
	thread = thread_of(prev);
	if (!thread)
		return false;
	charge(thread, turn->now);
	classify(prev, thread, tree_of(prev), turn->now);
	deadline = deadline_of(thread, &turn->t, turn->now);
	if (!is_next(thread, deadline, choice))
		return false;
	note_turn(thread);
	slice = slice_for(&turn->t, thread, turn->llc);
	thread->deadline = deadline;
	thread->slice_given = slice;
	thread->slice_ran = 0;
	thread->run_from = turn->now;
	occupy(turn->here, thread);
	ask_for_performance(turn->here, turn->cpu, thread, turn->t.full_frequency, turn->now);
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
	/* Domains of the same node first. */
	bpf_for (i, 0, 2 * GS_MAX_LLCS) {
		u32 there = i & (GS_MAX_LLCS - 1);
		bool far = gs_config.node_of_llc[there] !=
			   gs_config.node_of_llc[turn->llc & (GS_MAX_LLCS - 1)];

		if (there >= gs_config.nr_llcs || there == turn->llc || far != (i >= GS_MAX_LLCS))
			continue;
		if (scx_move_to_local(llc_dsq(GS_CLASS_GAME, there)) ||
		    scx_move_to_local(llc_dsq(GS_CLASS_OTHER, there))) {
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
	struct choice choice = {}, nobody = {};
	bool kept;

	if (!choose_other(prev, &turn, &choice))
		choice = choose(&turn);
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
	struct gs_cpu *here = cpu_at(cpu);
	u64 now = scx_now();
	u32 class;

	if (here->idle)
		note_ours(here, now);
	here->idle = idle;
	if (!idle)
		return;
	here->now_ns = now;
	/* CPUs of one clock get the most that one of them asks for, idle ones included. */
	if (here->performance > GS_PERFORMANCE_MIN)
		request_performance(here, cpu, GS_PERFORMANCE_MIN, now);
	if (!scx_can_count())
		return;
	bpf_for (class, 0, GS_NR_CLASSES) {
		if (somebody_waits(class, cpu)) {
			scx_kick(cpu, 0);
			return;
		}
	}
}

/* ------------------------------------------------------------------ running and sleeping */

/* Later than this after it has taken a CPU, a task does not owe its start to that. */
#define PREEMPT_USEFUL_NS (1000 * 1000)

static void account_wait(struct gs_thread *thread, struct gs_cpu *here, u64 now)
{
	u64 wait = gs_since(now, thread->wait_from);
	u64 bucket = gs_bucket(wait);

	barrier_var(bucket); /* the compiler knows the bound and would hide it from the verifier */
	thread->wait_from = 0;
	note_served(thread);
	cease_to_count(thread);
	++thread->nr_waits;
	if (bucket < GS_WAIT_BUCKETS)
		++thread->waits[bucket];
	note_wait(thread, bucket, wait);
	if (thread->input_from)
		note_input(thread, now);
	if (wait > thread->max_wait_ns)
		thread->max_wait_ns = wait;
	if (thread->task_class < GS_NR_CLASSES && wait > here->max_wait_ns[thread->task_class])
		here->max_wait_ns[thread->task_class] = wait;
	if (!thread->took_cpu)
		return;
	if (thread->took_cpu != thread->cpu + 1 || wait > PREEMPT_USEFUL_NS)
		count(GS_CNT_PREEMPT_USELESS);
	thread->took_cpu = 0;
}

/*
 * A game's task that was woken while this CPU was deciding found nothing here to take (no task was
 * running), and the CPU did not find it yet: it must not wait for the end of a slice.
 */
static void yield_to_late_game(s32 cpu)
{
	struct head game;

	head_of(llc_dsq(GS_CLASS_GAME, llc_of(cpu)), cpu, &game);
	if (!game.present)
		head_of(cpu_dsq(GS_CLASS_GAME, cpu), cpu, &game);
	if (!game.present)
		return;
	count(GS_CNT_YIELDED);
	scx_kick(cpu, SCX_KICK_PREEMPT);
}

SEC("struct_ops/gs_running")
void BPF_PROG(gs_running, struct task_struct *p)
{
	struct gs_thread *thread = thread_of(p);
	/* Not always ours: a change of properties calls us from elsewhere. */
	u32 cpu = scx_bpf_task_cpu___gs(p);
	struct gs_cpu *here = cpu_at(cpu);
	struct gs_tunables t = tunables();
	u64 now = scx_now();

	here->now_ns = now;
	if (!thread) {
		here->task_class = GS_CLASS_OTHER;
		return;
	}
	occupy(here, thread);
	here->protected_until_ns =
		gs_is_overdue(&t, thread->deadline, now) ? now + t.slice_min_ns : 0;
	thread->run_from = now;
	if (thread->nr_waits && thread->cpu != cpu)
		count(GS_CNT_MIGRATED);
	thread->cpu = cpu;
	if (thread->wait_from)
		account_wait(thread, here, now);
	ask_for_performance(here, cpu, thread, t.full_frequency, now);
	if (thread->task_class == GS_CLASS_OTHER && !here->rescued && scx_can_count())
		yield_to_late_game(cpu);
}

SEC("struct_ops/gs_stopping")
void BPF_PROG(gs_stopping, struct task_struct *p, bool runnable)
{
	struct gs_thread *thread = thread_of(p);
	struct gs_cpu *here = cpu_at(scx_bpf_task_cpu___gs(p));
	u64 now = scx_now();

	if (thread) {
		charge(thread, now);
		if (!runnable || !gs_slice_rest(thread->slice_given, thread->slice_ran))
			note_turn(thread);
		if (here->taken && runnable)
			++thread->preempted;
	}
	note_ours(here, now);
	here->taken = 0;
	here->task_class = GS_NR_CLASSES;
}

SEC("struct_ops/gs_quiescent")
void BPF_PROG(gs_quiescent, struct task_struct *p, u64 deq_flags)
{
	struct gs_thread *thread = thread_of(p);

	if (!thread || !(deq_flags & SCX_DEQ_SLEEP))
		return;
	thread->wait_from = 0;
	thread->input_from = 0;
	thread->in_frame = 0;
	cease_to_count(thread);
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
 * forking gains nothing, and as what its parent's process is until it calls exec. */
SEC("struct_ops.s/gs_init_task")
s32 BPF_PROG(gs_init_task, struct task_struct *p, struct scx_init_task_args___gs *args)
{
	struct gs_thread *thread =
		bpf_task_storage_get(&gs_threads, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	u64 now = scx_now();
	struct gs_thread *parent;

	if (!thread)
		return -12; /* -ENOMEM */
	thread->used_at = now;
	thread->kernel = p->flags & PF_KTHREAD ? 1 : 0;
	thread->session = session_role(p->group_leader);
	if (bpf_core_field_exists(args->cgroup))
		enter_group(thread, args->cgroup);
	parent = args->fork ? thread_of(bpf_get_current_task_btf()) : NULL;
	if (parent) {
		u64 elapsed = gs_since(now, parent->used_at);

		thread->used = gs_use_after(parent->used, elapsed);
		thread->ran = gs_use_after(parent->ran, elapsed);
	}
	classify(p, thread, tree_of(p), now);
	return 0;
}

/* It leaves us for another class, maybe while it waits. */
SEC("struct_ops/gs_disable")
void BPF_PROG(gs_disable, struct task_struct *p)
{
	struct gs_thread *thread = thread_of(p);

	if (!thread)
		return;
	thread->wait_from = 0;
	thread->input_from = 0;
	cease_to_count(thread);
	thread->took_cpu = 0;
	thread->woken = 0;
}

SEC("struct_ops/gs_cgroup_move")
void BPF_PROG(gs_cgroup_move, struct task_struct *p, struct cgroup *from, struct cgroup *to)
{
	struct gs_thread *thread = thread_of(p);

	if (thread)
		enter_group(thread, to);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(gs_sched_exec, struct task_struct *p)
{
	struct gs_thread *thread = thread_of(p);

	if (thread)
		thread->session = session_role(p);
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
	make_rings();
	err = make_stall_timer();
	err = err ?: create_fault_dsq();
	err = err ?: create_dsqs(true, gs_config.nr_cpus);
	return err ?: create_dsqs(false, gs_config.nr_llcs);
}

struct gs_thread_counts gs_counted;

/* Counts a game's threads, when somebody asks. */
SEC("iter/task")
int gs_count_threads(struct bpf_iter__task *ctx)
{
	struct task_struct *p = ctx->task;
	struct gs_thread *thread = p ? thread_of(p) : NULL;
	u32 role;

	if (!thread || tree_of(p) != gs_counted.tree)
		return 0;
	/* The scheduler's clock of the moment when the service began to run here. */
	role = live_role(thread, cpu_at(bpf_get_smp_processor_id())->now_ns);
	if (role < GS_NR_ROLES)
		gs_counted.threads[role]++;
	return 0;
}

/* Read by the service once the exit record has come. */
char gs_dump[GS_DUMP_LEN];

SEC("struct_ops.s/gs_exit")
void BPF_PROG(gs_exit, struct scx_exit_info___gs *info)
{
	struct gs_ev_sched_exit *ev;

	if (info->dump)
		bpf_probe_read_kernel_str(gs_dump, sizeof(gs_dump), info->dump);
	ev = bpf_ringbuf_reserve(&gs_events, sizeof(*ev), 0);
	/* SchedulerHost::check_attached looks at sysfs, so a full buffer loses nothing for good. */
	if (!ev)
		return;
	__builtin_memset(ev, 0, sizeof(*ev));
	ev->event.type = GS_EV_SCHED_EXIT;
	ev->event.size = sizeof(*ev);
	ev->event.at_ns = bpf_ktime_get_ns();
	ev->kind = info->kind;
	ev->code = info->exit_code;
	ev->stalled_ns = stalled_ns;
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
	.disable = (void *)gs_disable,
	.cgroup_init = (void *)gs_cgroup_init,
	.cgroup_exit = (void *)gs_cgroup_exit,
	.cgroup_move = (void *)gs_cgroup_move,
	.cgroup_set_weight = (void *)gs_cgroup_weight,
	.init = (void *)gs_init,
	.exit = (void *)gs_exit,
	.timeout_ms = WATCHDOG_MS,
	.name = "gamesched",
};

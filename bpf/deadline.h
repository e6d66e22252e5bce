/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */

/*
 * The arithmetic of the scheduler: budgets, deadlines, slices. Pure functions on integers, so that
 * the host compiles the same lines for the unit tests. Times are nanoseconds.
 *
 * A task's deadline is the moment from which it waits plus a budget. Queues are ordered by
 * deadline, so a budget says how far others may overtake: nothing that becomes runnable later than
 * `budget` after a task can be ahead of it. That is what bounds every wait:
 *
 *   wait of a background task <= its budget + the time to serve what is ahead at that moment
 *                             <= bound / 2  + queue length * slice / CPUs
 *
 * and gs_slice() makes slices short enough that the second term, too, stays below bound / 2 until
 * the shortest slice is reached.
 */

#pragma once

#include "intf.h"

/* The sign bit of the difference, as the kernel compares dsq_vtime: right across a wrap-around. */
static inline bool gs_before(gs_u64 a, gs_u64 b)
{
	return (a - b) >> 63 != 0;
}

/* Time that has passed; none if `then` is later, as read from another CPU's clock. */
static inline gs_u64 gs_since(gs_u64 now, gs_u64 then)
{
	return gs_before(now, then) ? 0 : now - then;
}

static inline gs_u64 gs_min(gs_u64 a, gs_u64 b)
{
	return a < b ? a : b;
}

static inline gs_u64 gs_max(gs_u64 a, gs_u64 b)
{
	return a > b ? a : b;
}

static inline gs_u32 gs_min_u32(gs_u32 a, gs_u32 b)
{
	return a < b ? a : b;
}

static inline gs_u64 gs_clamp(gs_u64 value, gs_u64 low, gs_u64 high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

/*
 * CPU time that a task has used of late: what it has run, halved by every GS_USE_HALF_LIFE that
 * passes, whether it runs, waits or sleeps; along a straight line in between. Brought up to date
 * every few milliseconds, as it is, that comes to a time constant of twice the half-life: a task
 * with a constant share s of a CPU ends up at s * 64 ms. Waiting counts like sleeping:
 * who got less than others is ahead of them next time, and that is what makes them equal.
 */
enum {
	GS_USE_HALF_LIFE_NS = 32 * 1000 * 1000
};

static inline gs_u64 gs_use_after(gs_u64 used, gs_u64 elapsed)
{
	gs_u64 halvings = elapsed / GS_USE_HALF_LIFE_NS;
	gs_u64 part = elapsed % GS_USE_HALF_LIFE_NS / (GS_USE_HALF_LIFE_NS / 1024); /* 0 to 1024 */

	if (halvings > 63)
		return 0;
	used >>= halvings;
	return used - (used >> 11) * part;
}

/*
 * What `ran` counts as for a task of this weight (100: nice 0; struct sched_ext_entity.weight): the
 * heavier it is, the less it seems to have used.
 */
static inline gs_u64 gs_weighted(gs_u64 ran, gs_u32 weight)
{
	return weight ? ran * 100 / weight : ran;
}

/*
 * Weight of a control group inside a group of weight `outer` (both as cpu.weight, 100 is the
 * default): weights multiply along the path. A task counts with its own group's weight whatever
 * else runs there: groups are not given shares, their tasks are.
 */
enum {
	GS_WEIGHT_MIN = 1,
	GS_WEIGHT_DEFAULT = 100,
	GS_WEIGHT_MAX = 10000,
};

static inline gs_u64 gs_nested_weight(gs_u64 outer, gs_u64 weight)
{
	return gs_clamp(outer * weight / GS_WEIGHT_DEFAULT, GS_WEIGHT_MIN, GS_WEIGHT_MAX);
}

/*
 * What a group's weight counts for. Down to the third level
 * (user.slice/user-N.slice/user@N.service) weights are the administrator's; below, users make
 * groups themselves, and may only give way there: otherwise their tasks would come before everybody
 * else's.
 */
enum {
	GS_LAST_ADMIN_LEVEL = 3
};

static inline gs_u64 gs_group_weight(gs_u64 weight, gs_u64 level)
{
	return level > GS_LAST_ADMIN_LEVEL ? gs_min(weight, GS_WEIGHT_DEFAULT) : weight;
}

/*
 * How long after becoming runnable a task wants to run.
 *
 * Game tasks: the less the more urgent they are (rank), nothing in the input window; otherwise a
 * share of the game budget, and a little more for those that compute, so that a thread that draws
 * is ahead of one that loads. Always before the earliest of the others. A game that the user does
 * not look at: a quarter of the bound, so that beside one that wants all CPUs it gets on, but only
 * just; whether it goes before the others is not deadlines' to decide.
 *
 * Others: an eighth of the bound for those that have used little, up to half of it for those that
 * compute (half of what they used), so that sleepers overtake hogs but neither is pushed beyond
 * half of the bound.
 */
static inline gs_u64 gs_game_budget(const struct gs_tunables *t, gs_u32 rank, gs_u64 used)
{
	gs_u64 steps = rank - GS_RANK_CRITICAL, of = GS_RANK_PLAIN - GS_RANK_CRITICAL;

	if (rank == GS_RANK_WINDOW)
		return 0;
	if (rank == GS_RANK_BEHIND)
		return t->background_bound_ns / 4;
	return gs_min(t->game_budget_ns * steps / of + used / (steps ? 8 : 16),
		      t->background_bound_ns / 10);
}

static inline gs_u64 gs_budget(const struct gs_tunables *t, gs_u32 task_class, gs_u32 rank,
			       gs_u64 used)
{
	gs_u64 bound = t->background_bound_ns;

	if (task_class == GS_CLASS_GAME)
		return gs_game_budget(t, rank, used);
	return bound / 8 + gs_min(used / 2, bound / 2 - bound / 8);
}

/* Whether a task of the others has waited so far beyond its deadline that it goes before games. */
static inline bool gs_is_overdue(const struct gs_tunables *t, gs_u64 deadline, gs_u64 now)
{
	return gs_before(deadline + t->background_bound_ns / 4, now);
}

/*
 * Slice of a task of this weight (100: nice 0) when `waiting` tasks share `cpus` CPUs: so short
 * that all of them are served within half of the bound, and in proportion to the weight.
 */
static inline gs_u64 gs_slice(const struct gs_tunables *t, gs_u64 waiting, gs_u64 cpus,
			      gs_u32 weight)
{
	gs_u64 longest = t->slice_ns;
	gs_u64 shortest = gs_min(t->slice_min_ns, longest);
	gs_u64 slice = gs_clamp(t->background_bound_ns / 2 * (cpus ? cpus : 1) / (waiting + 1),
				shortest, longest);

	return gs_clamp(slice * weight / 100, shortest,
			gs_min(4 * longest, gs_max(slice, t->background_bound_ns / 8)));
}

/* What is left of a slice; 0 when so little is left that switching would cost more than it gives.
 */
enum {
	GS_SLICE_REST_MIN_NS = 100 * 1000
};

static inline gs_u64 gs_slice_rest(gs_u64 given, gs_u64 ran)
{
	return ran + GS_SLICE_REST_MIN_NS <= given ? given - ran : 0;
}

/*
 * What a CPU is asked for while it runs a task that has used so much of late: a quarter more than
 * the share of a CPU that this amounts to, in steps of an eighth so that few changes are asked for,
 * and never less than a quarter. SCX_CPUPERF_ONE, 1024, is the CPU's full performance.
 */
enum {
	GS_PERFORMANCE_FULL = 1024,
	GS_PERFORMANCE_MIN = GS_PERFORMANCE_FULL / 4,
};

static inline gs_u64 gs_performance(gs_u64 used)
{
	gs_u64 wanted =
		used * (GS_PERFORMANCE_FULL + GS_PERFORMANCE_FULL / 4) / (2 * GS_USE_HALF_LIFE_NS);

	wanted = (wanted / (GS_PERFORMANCE_FULL / 8) + 1) * (GS_PERFORMANCE_FULL / 8);
	return gs_clamp(wanted, GS_PERFORMANCE_MIN, GS_PERFORMANCE_FULL);
}

/* Whether a CPU of this capacity (struct gs_place) is one of the fast ones of a hybrid machine.
 * CPUs of one kind differ by less: AMD's preferred cores by a few per cent. */
static inline bool gs_is_fast(gs_u32 capacity)
{
	return capacity * 5 >= GS_PERFORMANCE_FULL * 4;
}

/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Histograms of what happens, for whoever asks. Each CPU adds to its own copy, without a lock; the
 * service sums them when somebody wants to know (service/stats), so that a normal operation costs
 * an increment (a game's waits and frames also look-ups of its tree) and never a record or a timer.
 *
 * They begin at 0 with every attachment. A reader may see a wait counted that is not yet in the
 * sum, or the moment of the worst wait with the length of the one before.
 */

#pragma once

#include "histogram.h"
#include "state.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, GS_NR_HISTOGRAMS);
	__type(key, u32);
	__type(value, struct gs_histogram);
} gs_histograms SEC(".maps");

/* By game tree. The service says which games have an entry. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, GS_MAX_MEASURED_GAMES);
	__type(key, u64);
	__type(value, struct gs_game_times);
} gs_games SEC(".maps");

static void add_to(struct gs_histogram *histogram, u64 bucket, u64 value)
{
	barrier_var(bucket); /* as in account_wait */
	if (bucket >= GS_WAIT_BUCKETS)
		return;
	histogram->counts[bucket]++;
	histogram->sum += value;
	if (value > histogram->max)
		histogram->max = value;
}

static void note(u32 id, u64 bucket, u64 value)
{
	struct gs_histogram *histogram = bpf_map_lookup_elem(&gs_histograms, &id);

	if (histogram)
		add_to(histogram, bucket, value);
}

static void note_wait(const struct gs_thread *thread, u64 bucket, u64 wait)
{
	u32 role = thread->served_as;
	struct gs_game_times *game;

	note(GS_HIST_WAIT + thread->party, bucket, wait);
	if (thread->party != GS_PARTY_GAME && thread->party != GS_PARTY_SESSION)
		return;
	note(GS_HIST_ROLE + role, bucket, wait);
	if (thread->party != GS_PARTY_GAME || role >= GS_NR_ROLES)
		return;
	game = bpf_map_lookup_elem(&gs_games, &thread->tree);
	if (!game)
		return;
	add_to(&game->waits[role], bucket, wait);
	if (wait <= game->worst_wait_ns)
		return;
	game->worst_at_ns = bpf_ktime_get_ns();
	game->worst_role = role;
	game->worst_wait_ns = wait;
}

/* It begins to run, and an input event has woken it. */
static void note_input(struct gs_thread *thread, u64 now)
{
	u64 latency = gs_since(now, thread->input_from);

	thread->input_from = 0;
	note(GS_HIST_INPUT, gs_bucket(latency), latency);
}

/* A screen that shows nothing new for so long is at rest. */
#define FLIP_PAUSE_NS (1000 * 1000 * 1000)

/* A page flip wakes it: the compositor, or a game that drives the screen itself. */
static void note_flip(struct gs_thread *thread, u64 now)
{
	u64 interval = gs_since(now, thread->flipped_at);

	if (thread->flipped_at && interval < FLIP_PAUSE_NS)
		note(GS_HIST_FLIP, gs_bucket(interval), interval);
	thread->flipped_at = now;
}

/* A game that shows nothing new for so long loads, or is paused. */
#define FRAME_PAUSE_NS (4 * 1000 * 1000 * 1000ULL)

/* Another thread sets the pace when so many frames of others have begun since its last one. */
#define FRAMES_OF_OTHERS 100

/*
 * The current thread, of a game, gives work to the GPU. A frame begins with the first work after a
 * sleep: a loop that draws sleeps once a frame, until the screen or a clock lets it go on. Of
 * several threads that give work one sets the pace: the first, as long as it goes on.
 */
static void note_frame(struct gs_thread *thread, u64 tree, u32 tid, u64 now)
{
	struct gs_game_times *game, *pace;
	u64 interval;

	if (thread->in_frame)
		return;
	thread->in_frame = 1;
	pace = bpf_map_lookup_percpu_elem(&gs_games, &tree, 0);
	if (!pace)
		return;
	if (pace->pacer && pace->pacer != tid && ++pace->of_others < FRAMES_OF_OTHERS)
		return;
	interval = gs_since(now, pace->frame_at);
	if (pace->pacer == tid && interval < FRAME_PAUSE_NS) {
		game = bpf_map_lookup_elem(&gs_games, &tree);
		if (game)
			add_to(&game->frames, gs_bucket(interval), interval);
	}
	pace->pacer = tid;
	pace->frame_at = now;
	pace->of_others = 0;
}

static void note_run(const struct gs_thread *thread, u64 ran)
{
	note(GS_HIST_RUN + thread->party, gs_bucket(ran), ran);
}

/* Its turn is over: it sleeps, or nothing is left of its slice. */
static void note_turn(const struct gs_thread *thread)
{
	u64 used;

	if (!thread->slice_given)
		return;
	used = gs_min(thread->slice_ran * 1000 / thread->slice_given, 1000);
	note(GS_HIST_SLICE + thread->party, used / 100, used);
}

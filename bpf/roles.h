/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */

/*
 * Roles: why a thread matters, as long as it does. Pure functions, compiled on both sides.
 *
 * A role comes from a fact (facts.bpf.h) and lives for GS_ROLE_LIFE after the fact was seen last. A
 * more important role replaces a lesser one; a lesser one waits until the other has faded. Whom a
 * thread with a role wakes inherits its urgency, less with each wake-up, so that a worker that the
 * next frame waits for is not served after threads that nobody waits for.
 */

#pragma once

#include "deadline.h"

enum {
	/* Longer than two frames at 10 Hz: whoever is needed for frames keeps the role between
	 * them. */
	GS_ROLE_LIFE_NS = 250 * 1000 * 1000
};

static inline bool gs_role_is_live(gs_u32 role, gs_u64 fact_at, gs_u64 now)
{
	return role != GS_ROLE_NONE && gs_since(now, fact_at) < GS_ROLE_LIFE_NS;
}

/* Whether a new fact replaces, or renews, a role that is live. */
static inline bool gs_role_replaces(gs_u32 role, gs_u32 distance, gs_u32 old_role,
				    gs_u32 old_distance)
{
	return role > old_role || (role == old_role && distance <= old_distance);
}

/* Whether a thread at this distance from a critical one passes its urgency on. */
static inline bool gs_role_is_inherited(gs_u32 distance)
{
	return distance < GS_MAX_DISTANCE;
}

/* `role` must be live, otherwise GS_ROLE_NONE. */
static inline gs_u32 gs_rank(gs_u32 role, gs_u32 distance, bool in_window)
{
	if (in_window)
		return GS_RANK_WINDOW;
	if (role == GS_ROLE_NONE)
		return GS_RANK_PLAIN;
	return GS_RANK_CRITICAL + gs_min_u32(distance, GS_MAX_DISTANCE);
}

/* While the user looks at another game, only the sound of this one is urgent. */
static inline gs_u32 gs_rank_behind(gs_u32 role)
{
	return role == GS_ROLE_AUDIO ? GS_RANK_CRITICAL : GS_RANK_BEHIND;
}

/*
 * Tasks of the session (compositor, audio server) and those that facts make important are served
 * with games while they use less than half of a CPU (see GS_USE_HALF_LIFE_NS): enough for all that
 * composes and mixes, too little to take the machine from a game.
 */
enum {
	GS_SESSION_USE_MAX_NS = GS_USE_HALF_LIFE_NS
};

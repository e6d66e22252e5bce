/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */

/*
 * A histogram of waiting times: four buckets for each power of two, from 1 us to 4 s, so that a
 * percentile is at most a quarter too large. Pure functions on integers, compiled on both sides.
 */

#pragma once

#include "deadline.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" /* clz is an int from 0 to 63 */

/* The bucket of a time; what is too long for the last one goes there all the same. */
static inline gs_u64 gs_bucket(gs_u64 ns)
{
	gs_u64 usec = ns / 1000;
	gs_u64 log, bucket;

	if (usec < 4)
		return usec;
	log = 63 ^ __builtin_clzll(usec);
	bucket = 4 * (log - 1) + (usec >> (log - 2) & 3);
	return gs_min(bucket, GS_WAIT_BUCKETS - 1);
}

#pragma GCC diagnostic pop

/* The first time in microseconds that is too long for a bucket. */
static inline gs_u64 gs_bucket_end_usec(gs_u64 bucket)
{
	if (bucket < 4)
		return bucket + 1;
	return (4 + bucket % 4 + 1) << (bucket / 4 - 1);
}

#ifndef __bpf__
/* The time in microseconds that so many thousandths of all waits did not reach; 0 if there were
 * none. */
static inline gs_u64 gs_percentile_usec(const gs_u32 *waits, gs_u64 permille)
{
	gs_u64 all = 0, below = 0;
	gs_u32 i;

	for (i = 0; i < GS_WAIT_BUCKETS; ++i)
		all += waits[i];
	for (i = 0; i < GS_WAIT_BUCKETS; ++i) {
		below += waits[i];
		if (all && below * 1000 >= all * permille)
			return gs_bucket_end_usec(i);
	}
	return 0;
}
#endif

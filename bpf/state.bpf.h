/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * What the scheduler's parts share: configuration, tunables, and what is known about each CPU and
 * each thread.
 */

#pragma once

#include "intf.h"
#include "maps.bpf.h"
#include "scx.bpf.h"

const volatile struct gs_config gs_config;
volatile struct gs_tunables gs_tunables; /* written by the service at any time */
volatile gs_u64 gs_focus; /* the game tree that goes before other games'; 0: none. Written like
			     gs_tunables */
struct gs_cpu gs_cpus[GS_MAX_CPUS]; /* read by the service at any time */

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct gs_thread);
} gs_threads SEC(".maps");

static struct gs_thread *thread_of(struct task_struct *p)
{
	return bpf_task_storage_get(&gs_threads, p, NULL, 0);
}

static struct gs_cpu *cpu_at(u32 cpu)
{
	return &gs_cpus[cpu & (GS_MAX_CPUS - 1)];
}

static void count(u32 counter)
{
	cpu_at(bpf_get_smp_processor_id())->counters[counter]++;
}

static const volatile struct gs_place *place_of(u32 cpu)
{
	return &gs_config.place[cpu & (GS_MAX_CPUS - 1)];
}

static u32 llc_of(u32 cpu)
{
	return place_of(cpu)->llc & (GS_MAX_LLCS - 1);
}

/* The game tree that p belongs to; 0: none. */
static u64 tree_of(struct task_struct *p)
{
	struct gs_task *task = bpf_task_storage_get(&gs_tasks, p, NULL, 0);

	return task ? task->tree : 0;
}

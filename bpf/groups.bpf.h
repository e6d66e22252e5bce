/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Control groups: what cpu.weight does to tasks that belong to no game. Their weights, multiplied
 * along the path (gs_nested_weight), scale the weight that nice gives. A thread keeps its group's
 * product until some weight changes anywhere, which is rare.
 *
 * The kernel tells us every group that has the cpu controller before the first task; a task belongs
 * to the nearest of them. cpu.max has no effect: the kernel enforces it for its own scheduler only,
 * and we do not (Features "cpu-max").
 */

#pragma once

#include "deadline.h"
#include "scx.bpf.h"
#include "state.bpf.h"

struct group {
	u64 parent;
	u32 weight; /* cpu.weight */
	u32 level;  /* 1: just below the root */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, GS_MAX_GROUPS);
	__type(key, u64);
	__type(value, struct group);
} gs_groups SEC(".maps");

/* Incremented when a weight changes. */
static u32 weights_generation = 1;

/* How deep groups are looked at. */
#define GROUP_DEPTH 16

static u64 group_id(struct cgroup *cgrp)
{
	return BPF_CORE_READ(cgrp, kn, id);
}

static u32 weight_along_path(u64 id)
{
	u32 weight = GS_WEIGHT_DEFAULT;
	struct group *group;
	int i;

	bpf_for (i, 0, GROUP_DEPTH) {
		group = bpf_map_lookup_elem(&gs_groups, &id);
		if (!group)
			break;
		weight = gs_nested_weight(weight, gs_group_weight(group->weight, group->level));
		id = group->parent;
	}
	return weight;
}

static void enter_group(struct gs_thread *thread, struct cgroup *cgrp)
{
	thread->group = group_id(cgrp);
	thread->group_seen = 0;
}

static u32 group_weight(struct gs_thread *thread)
{
	u32 generation = weights_generation;

	if (thread->group_seen != generation) {
		thread->group_weight = weight_along_path(thread->group);
		thread->group_seen = generation;
	}
	return thread->group_weight;
}

SEC("struct_ops/gs_cgroup_init")
s32 BPF_PROG(gs_cgroup_init, struct cgroup *cgrp, struct scx_cgroup_init_args___gs *args)
{
	struct cgroup_subsys_state *parent = BPF_CORE_READ(cgrp, self.parent);
	struct group group = { .weight = args->weight, .level = cgrp->level };
	u64 id = group_id(cgrp);

	if (parent)
		group.parent = BPF_CORE_READ(parent, cgroup, kn, id);
	/* One too many counts as of the default weight. */
	bpf_map_update_elem(&gs_groups, &id, &group, BPF_ANY);
	return 0;
}

SEC("struct_ops/gs_cgroup_exit")
void BPF_PROG(gs_cgroup_exit, struct cgroup *cgrp)
{
	u64 id = group_id(cgrp);

	bpf_map_delete_elem(&gs_groups, &id);
}

SEC("struct_ops/gs_cgroup_weight")
void BPF_PROG(gs_cgroup_weight, struct cgroup *cgrp, u32 weight)
{
	u64 id = group_id(cgrp);
	struct group *group = bpf_map_lookup_elem(&gs_groups, &id);

	if (!group)
		return;
	group->weight = weight;
	__sync_fetch_and_add(&weights_generation, 1);
}

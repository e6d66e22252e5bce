/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * The maps that both objects have: the lifecycle's own, which the service joins to the scheduler's
 * at load.
 */

#pragma once

#include <bpf/bpf_helpers.h>

#include "intf.h"

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

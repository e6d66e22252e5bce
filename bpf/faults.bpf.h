/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Faults on command, for the tests of what becomes of a scheduler that has one: only where
 * GS_TEST_FAULTS is defined, in a build that is never shipped. The command is a thread's name.
 */

#pragma once

#include "stall.bpf.h"

#ifdef GS_TEST_FAULTS

#define DSQ_NEVER_SERVED 0xfa017

static bool is_called(struct task_struct *p, const char *name)
{
	return !bpf_strncmp(p->comm, sizeof(p->comm), name);
}

/* True: nobody else is to queue the task. */
static bool inject_fault(struct task_struct *p, struct gs_thread *thread, u64 slice)
{
	if (is_called(p, "gs-lose"))
		return true;
	/* Lost, and our own detector does not know that it waits. */
	if (is_called(p, "gs-hide")) {
		cease_to_count(thread);
		return true;
	}
	if (is_called(p, "gs-starve")) {
		scx_insert(p, DSQ_NEVER_SERVED, slice, 0);
		thread->queue = NR_QUEUES - 1;
		return true;
	}
	if (is_called(p, "gs-error"))
		scx_fail("a fault that was asked for by %s", (u64)p->comm);
	return false;
}

static s32 create_fault_dsq(void)
{
	return scx_create_dsq(DSQ_NEVER_SERVED);
}

#else

static bool inject_fault(struct task_struct *p, struct gs_thread *thread, u64 slice)
{
	return false;
}

static s32 create_fault_dsq(void)
{
	return 0;
}

#endif

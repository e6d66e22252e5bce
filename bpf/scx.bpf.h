/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * What this project uses of sched_ext, on every kernel from 6.12 on. The only file that knows
 * kernel versions.
 *
 * Types are declared here instead of taken from vmlinux.h, since a distribution's vmlinux.h may
 * come from a kernel without sched_ext (Debian 13's does). CO-RE ignores what follows the last
 * "___", so the names match the kernel's.
 *
 * Every kfunc that is not certain to be there is weak and its calls are guarded: some 7.1 and 7.2
 * builds have damaged BTF for a random set of them. Where a function has had several forms, the
 * newest that the kernel has is called. The service looks at the same list before it loads anything
 * (service/scheduler/kernel.cpp) and says what is missing.
 */

#pragma once

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct scx_dispatch_q___gs {
	u64 id;
};

struct sched_ext_entity___gs {
	u32 flags;
	u32 weight;
	u64 slice;
	u64 dsq_vtime;
	struct scx_dispatch_q___gs *dsq; /* the queue that it is in, a CPU's local one included */
};

struct task_struct___gs {
	struct sched_ext_entity___gs scx;
};

/* Has this member only with CONFIG_PREEMPT_RCU. */
struct task_struct___rcu {
	int rcu_read_lock_nesting;
};

/* An enum like the kernel's: CO-RE does not take an integer for one. */
enum scx_exit_kind___gs {
	SCX_EXIT_NONE___gs = 0,
};

struct scx_exit_info___gs {
	enum scx_exit_kind___gs kind;
	s64 exit_code;
	const char *reason;
	char *msg;
	char *dump;
};

struct scx_init_task_args___gs {
	bool fork;
	struct cgroup *cgroup; /* with CONFIG_EXT_GROUP_SCHED */
};

struct scx_cgroup_init_args___gs {
	u32 weight;
};

/* Until 6.14 the preemption count of x86 is here. */
struct pcpu_hot___gs {
	int preempt_count;
};

/* Not on x86. */
struct thread_info___gs {
	int preempt_count;
};

struct task_struct___info {
	struct thread_info___gs thread_info;
};

#pragma clang attribute pop

struct scx_exit_task_args___gs;
struct scx_cpu_release_args___gs;

/* Only the members that are used; libbpf matches them by name. */
struct sched_ext_ops___gs {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*update_idle)(s32 cpu, bool idle);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*quiescent)(struct task_struct *p, u64 deq_flags);
	void (*cpu_release)(s32 cpu, struct scx_cpu_release_args___gs *args);
	s32 (*init_task)(struct task_struct *p, struct scx_init_task_args___gs *args);
	void (*disable)(struct task_struct *p);
	s32 (*cgroup_init)(struct cgroup *cgrp, struct scx_cgroup_init_args___gs *args);
	void (*cgroup_exit)(struct cgroup *cgrp);
	void (*cgroup_move)(struct task_struct *p, struct cgroup *from, struct cgroup *to);
	void (*cgroup_set_weight)(struct cgroup *cgrp, u32 weight);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info___gs *info);
	u64 flags;
	u32 timeout_ms;
	u64 hotplug_seq;
	char name[128];
};

/* The same value in every kernel from 6.12 to 7.3. */
#define SCX_DSQ_BUILTIN  (1ULL << 63)
#define SCX_DSQ_LOCAL    (1ULL << 63 | 2)
#define SCX_DSQ_LOCAL_ON (3ULL << 62)
#define SCX_ENQ_WAKEUP   1ULL
#define SCX_ENQ_PREEMPT  (1ULL << 32)
#define SCX_ENQ_REENQ    (1ULL << 40)
#define SCX_KICK_IDLE    1ULL
#define SCX_KICK_PREEMPT 2ULL
#define SCX_DEQ_SLEEP    1ULL
#define SCX_WAKE_SYNC    16ULL
#define SCX_TASK_QUEUED  1U

/* Of the task iterator: every thread of every process. */
#define SCX_ITER_ALL_THREADS 1U

extern int LINUX_KERNEL_VERSION __kconfig;

/* Flag bits of task_struct.flags and limits that BTF does not carry. */
#define PF_KTHREAD  0x00200000
#define MAX_RT_PRIO 100

struct bpf_iter_scx_dsq___gs {
	u64 opaque[6];
} __attribute__((aligned(8)));

struct bpf_iter_task___gs {
	u64 opaque[3];
} __attribute__((aligned(8)));

struct scx_bpf_dsq_insert_vtime_args___gs {
	u64 dsq_id;
	u64 slice;
	u64 vtime;
	u64 enq_flags;
};

s32 scx_bpf_create_dsq___gs(u64 dsq, s32 node) __ksym __weak;
s32 scx_bpf_dsq_nr_queued___gs(u64 dsq) __ksym __weak;
s32 scx_bpf_select_cpu_dfl___gs(struct task_struct *p, s32 prev, u64 flags, bool *idle) __ksym
__weak;
s32 scx_bpf_pick_idle_cpu___gs(const struct cpumask *allowed, u64 flags) __ksym __weak;
bool scx_bpf_test_and_clear_cpu_idle___gs(s32 cpu) __ksym __weak;
void scx_bpf_kick_cpu___gs(s32 cpu, u64 flags) __ksym __weak;

/* Never damaged in any build that was looked at, and nothing works without them. */
s32 scx_bpf_task_cpu___gs(const struct task_struct *p) __ksym;
bool bpf_cpumask_test_cpu___gs(u32 cpu, const struct cpumask *cpumask) __ksym;
u32 bpf_cpumask_first___gs(const struct cpumask *cpumask) __ksym;

/* From 6.19, 6.13 and 6.12. */
bool scx_bpf_dsq_insert___v2___gs(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym
__weak;
void scx_bpf_dsq_insert___gs(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym __weak;
void scx_bpf_dispatch___gs(struct task_struct *p, u64 dsq, u64 slice, u64 flags) __ksym __weak;

bool __scx_bpf_dsq_insert_vtime___gs(struct task_struct *p,
				     struct scx_bpf_dsq_insert_vtime_args___gs *args) __ksym __weak;
void scx_bpf_dsq_insert_vtime___gs(struct task_struct *p, u64 dsq, u64 slice, u64 vtime, u64 flags)
	__ksym __weak;
void scx_bpf_dispatch_vtime___gs(struct task_struct *p, u64 dsq, u64 slice, u64 vtime, u64 flags)
	__ksym __weak;

/* From 7.1, 6.13 and 6.12. */
bool scx_bpf_dsq_move_to_local___v2___gs(u64 dsq, u64 flags) __ksym __weak;
bool scx_bpf_dsq_move_to_local___gs(u64 dsq) __ksym __weak;
bool scx_bpf_consume___gs(u64 dsq) __ksym __weak;

/* From 6.19: anywhere. Before: only from ops.cpu_release. */
void scx_bpf_reenqueue_local___v2___gs(void) __ksym __weak;
u32 scx_bpf_reenqueue_local___gs(void) __ksym __weak;

/* From 6.14: the run queue's clock, which costs nothing to read. Never damaged. */
u64 scx_bpf_now___gs(void) __ksym __weak;

/* From 6.19; before, the field is written directly. */
bool scx_bpf_task_set_slice___gs(struct task_struct *p, u64 slice) __ksym __weak;

int bpf_iter_scx_dsq_new___gs(struct bpf_iter_scx_dsq___gs *it, u64 dsq, u64 flags) __ksym __weak;
struct task_struct *bpf_iter_scx_dsq_next___gs(struct bpf_iter_scx_dsq___gs *it) __ksym __weak;
void bpf_iter_scx_dsq_destroy___gs(struct bpf_iter_scx_dsq___gs *it) __ksym __weak;

int bpf_iter_task_new___gs(struct bpf_iter_task___gs *it, struct task_struct *task, u32 flags)
	__ksym __weak;
struct task_struct *bpf_iter_task_next___gs(struct bpf_iter_task___gs *it) __ksym __weak;
void bpf_iter_task_destroy___gs(struct bpf_iter_task___gs *it) __ksym __weak;
void bpf_rcu_read_lock___gs(void) __ksym;
void bpf_rcu_read_unlock___gs(void) __ksym;

void scx_bpf_error_bstr___gs(char *format, unsigned long long *data, u32 size) __ksym __weak;

void scx_bpf_cpuperf_set___gs(s32 cpu, u32 perf) __ksym __weak;

/* From 6.15, x86. */
extern const int __preempt_count __ksym __weak;
extern const struct pcpu_hot___gs pcpu_hot __ksym __weak;

static inline struct task_struct___gs *scx_view(struct task_struct *p)
{
	return (struct task_struct___gs *)p;
}

static inline u64 scx_now(void)
{
	return bpf_ksym_exists(scx_bpf_now___gs) ? scx_bpf_now___gs() : bpf_ktime_get_ns();
}

static inline s32 scx_create_dsq(u64 dsq)
{
	return bpf_ksym_exists(scx_bpf_create_dsq___gs) ? scx_bpf_create_dsq___gs(dsq, -1) : -95;
}

/* 0 where the kernel cannot say: callers must not conclude that a queue is empty (scx_can_count).
 */
static inline u64 scx_nr_queued(u64 dsq)
{
	s32 nr = bpf_ksym_exists(scx_bpf_dsq_nr_queued___gs) ? scx_bpf_dsq_nr_queued___gs(dsq) : 0;

	return nr > 0 ? nr : 0;
}

static inline bool scx_can_count(void)
{
	return bpf_ksym_exists(scx_bpf_dsq_nr_queued___gs);
}

/* Whether nothing waits at this CPU itself; false where the kernel cannot say. */
static inline bool scx_is_local_empty(void)
{
	return scx_can_count() && scx_nr_queued(SCX_DSQ_LOCAL) == 0;
}

static inline void scx_insert(struct task_struct *p, u64 dsq, u64 slice, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_dsq_insert___v2___gs))
		scx_bpf_dsq_insert___v2___gs(p, dsq, slice, flags);
	else if (bpf_ksym_exists(scx_bpf_dsq_insert___gs))
		scx_bpf_dsq_insert___gs(p, dsq, slice, flags);
	else if (bpf_ksym_exists(scx_bpf_dispatch___gs))
		scx_bpf_dispatch___gs(p, dsq, slice, flags);
}

static inline void scx_insert_vtime(struct task_struct *p, u64 dsq, u64 slice, u64 vtime, u64 flags)
{
	if (bpf_ksym_exists(__scx_bpf_dsq_insert_vtime___gs)) {
		struct scx_bpf_dsq_insert_vtime_args___gs args = {
			.dsq_id = dsq,
			.slice = slice,
			.vtime = vtime,
			.enq_flags = flags,
		};
		__scx_bpf_dsq_insert_vtime___gs(p, &args);
	} else if (bpf_ksym_exists(scx_bpf_dsq_insert_vtime___gs)) {
		scx_bpf_dsq_insert_vtime___gs(p, dsq, slice, vtime, flags);
	} else if (bpf_ksym_exists(scx_bpf_dispatch_vtime___gs)) {
		scx_bpf_dispatch_vtime___gs(p, dsq, slice, vtime, flags);
	}
}

static inline bool scx_move_to_local(u64 dsq)
{
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___v2___gs))
		return scx_bpf_dsq_move_to_local___v2___gs(dsq, 0);
	if (bpf_ksym_exists(scx_bpf_dsq_move_to_local___gs))
		return scx_bpf_dsq_move_to_local___gs(dsq);
	if (bpf_ksym_exists(scx_bpf_consume___gs))
		return scx_bpf_consume___gs(dsq);
	return false;
}

/* An idle CPU among `allowed`, claimed; negative if none or if the kernel cannot say. */
static inline s32 scx_pick_idle(const struct cpumask *allowed)
{
	return bpf_ksym_exists(scx_bpf_pick_idle_cpu___gs) ? scx_bpf_pick_idle_cpu___gs(allowed, 0)
							   : -1;
}

static inline bool scx_can_kick(void)
{
	return bpf_ksym_exists(scx_bpf_kick_cpu___gs);
}

static inline void scx_kick(s32 cpu, u64 flags)
{
	if (bpf_ksym_exists(scx_bpf_kick_cpu___gs))
		scx_bpf_kick_cpu___gs(cpu, flags);
}

static inline void scx_set_slice(struct task_struct *p, u64 slice)
{
	if (bpf_ksym_exists(scx_bpf_task_set_slice___gs))
		scx_bpf_task_set_slice___gs(p, slice);
	else
		scx_view(p)->scx.slice = slice;
}

/*
 * 6.12 and 6.13 hand tasks that must not migrate to ops.enqueue without a flag. A BPF program that
 * runs on behalf of p raises the counter itself, on kernels before 6.18 and wherever RCU readers
 * can be preempted: there 1 means something only for another task.
 */
static inline bool scx_is_migration_disabled(const struct task_struct *p)
{
	u16 depth = p->migration_disabled;

	if (depth == 1 && (LINUX_KERNEL_VERSION < KERNEL_VERSION(6, 18, 0) ||
			   bpf_core_field_exists(struct task_struct___rcu, rcu_read_lock_nesting)))
		return bpf_get_current_task_btf() != p;
	return depth != 0;
}

static inline void scx_set_performance(s32 cpu, u32 performance)
{
	if (bpf_ksym_exists(scx_bpf_cpuperf_set___gs))
		scx_bpf_cpuperf_set___gs(cpu, performance);
}

/* include/linux/preempt.h: bits 8 to 15 count bottom halves that are disabled in steps of two, so
 * that bit 8 says that one runs; bits 16 to 23 count interrupts and NMIs. */
#define PREEMPT_SERVES_SOFTIRQ 0x000100
#define PREEMPT_IN_INTERRUPT   0xff0000

/*
 * Whether the current task itself is what runs, and no interrupt on top of it; false where the
 * kernel does not say. With PREEMPT_RT soft interrupts run in tasks of their own.
 */
static inline bool in_task_context(void)
{
	const struct task_struct___info *info = (void *)bpf_get_current_task_btf();
	u32 count = PREEMPT_IN_INTERRUPT;

	if (bpf_ksym_exists(&__preempt_count))
		count = *(const u32 *)bpf_this_cpu_ptr(&__preempt_count);
	else if (bpf_ksym_exists(&pcpu_hot))
		count = ((const struct pcpu_hot___gs *)bpf_this_cpu_ptr(&pcpu_hot))->preempt_count;
	else if (bpf_core_field_exists(info->thread_info.preempt_count))
		count = BPF_CORE_READ(info, thread_info.preempt_count);
	return !(count & (PREEMPT_IN_INTERRUPT | PREEMPT_SERVES_SOFTIRQ));
}

/* Ends the scheduler with an error: all tasks go back to the kernel's own. As printf, with one
 * argument at least, each of 64 bits. */
#define scx_fail(format, args...)                                                                  \
	({                                                                                         \
		static char text[] = format; /* the verifier wants it writable */                  \
		unsigned long long values[___bpf_narg(args)];                                      \
                                                                                                   \
		___bpf_fill(values, args);                                                         \
		if (bpf_ksym_exists(scx_bpf_error_bstr___gs))                                      \
			scx_bpf_error_bstr___gs(text, values, sizeof(values));                     \
	})

/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Facts about threads: who is woken by an input event, an audio period or a page flip, who gives
 * work to the GPU, and whom they wake. What follows from a fact is roles.h's, and what is measured
 * by it stats.bpf.h's.
 *
 * How a fact finds its thread. The kernel wakes the reader of an input device, or the writer of an
 * audio device, while it is inside one function; programs at its beginning and end note that on the
 * CPU, and ops.select_cpu, which runs there for the task that is woken, looks. So the fact is the
 * woken task's and never the one's that happens to be interrupted. Those functions run with
 * interrupts off. Some audio drivers call theirs in a thread instead, which may be moved to another
 * CPU before the end: a note counts for the same current task only, and for a short while.
 *
 * Every hook is optional. Those in the kernel itself are loaded if its BTF knows them. Those in
 * modules are kprobes of the kind that needs neither module BTF nor perf_event_open, both of which
 * are (Debian) for CAP_SYS_ADMIN only; the service attaches what it finds
 * (service/scheduler/hooks). A module cannot be unloaded meanwhile.
 *
 * Limits: events that are read past evdev and hidraw (libusb) are not seen.
 */

#pragma once

#include "roles.h"
#include "scx.bpf.h"
#include "state.bpf.h"
#include "stats.bpf.h"

/* What a CPU is doing that will wake somebody. Written by its own CPU only. */
struct wake_source {
	u64 at;     /* bpf_ktime_get_ns */
	u64 window; /* how long the input window is open from then on; 0: it is not opened */
	u32 fact;   /* enum gs_role; GS_ROLE_NONE: nothing */
	u32 tid;    /* the current task's then */
} __attribute__((aligned(64)));

static struct wake_source wake_sources[GS_MAX_CPUS];

/* Much longer than any of those functions takes. */
#define SOURCE_LIFE_NS (2 * 1000 * 1000ULL)

static struct wake_source *wake_source_here(void)
{
	return &wake_sources[bpf_get_smp_processor_id() & (GS_MAX_CPUS - 1)];
}

static u32 current_tid(void)
{
	return (u32)bpf_get_current_pid_tgid();
}

static int begin_source(u32 fact, u64 window)
{
	struct wake_source *source = wake_source_here();

	source->at = bpf_ktime_get_ns();
	source->window = window;
	source->tid = current_tid();
	source->fact = fact;
	return 0;
}

static int end_source(void)
{
	wake_source_here()->fact = GS_ROLE_NONE;
	return 0;
}

/* Because of what somebody is woken here right now; NULL if of nothing that matters. */
static struct wake_source *source_of_wakeup(void)
{
	struct wake_source *source = wake_source_here();

	if (source->fact == GS_ROLE_NONE || source->tid != current_tid() ||
	    bpf_ktime_get_ns() - source->at > SOURCE_LIFE_NS)
		return NULL;
	return source;
}

/* ------------------------------------------------------------------ the session */

struct process_name {
	char comm[GS_COMM_LEN];
};

/* Processes that serve the session and what they are (enum gs_role), by name; written by the
 * service from its configuration before the scheduler is attached. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 128);
	__type(key, struct process_name);
	__type(value, u32);
} gs_session SEC(".maps");

/* By the name of its executable, which must be root's: a process can give itself any name, and a
 * user any name to a program of his own. */
static u32 session_role(struct task_struct *leader)
{
	struct file *file = BPF_CORE_READ(leader, mm, exe_file);
	struct process_name name = {};
	u32 *role;

	if (!file || BPF_CORE_READ(file, f_inode, i_uid.val) != 0)
		return GS_ROLE_NONE;
	bpf_probe_read_kernel_str(name.comm, sizeof(name.comm),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	role = bpf_map_lookup_elem(&gs_session, &name);
	return role ? *role : GS_ROLE_NONE;
}

/* ------------------------------------------------------------------ taking a role */

static u32 live_role(const struct gs_thread *thread, u64 now)
{
	return gs_role_is_live(thread->role, thread->fact_at, now) ? thread->role : GS_ROLE_NONE;
}

static bool take_role(struct gs_thread *thread, u32 role, u32 distance, u64 now)
{
	if (!gs_role_replaces(role, distance, live_role(thread, now), thread->distance))
		return false;
	thread->role = role;
	thread->root = role;
	thread->distance = distance;
	thread->fact_at = now;
	return true;
}

/* The current task wakes the thread: urgency goes on, to games and to what serves the session. */
static void inherit_role(struct gs_thread *thread, u64 now)
{
	struct task_struct *waker = bpf_get_current_task_btf();
	struct gs_thread *from;
	u32 role;

	if (!in_task_context())
		return;
	from = thread_of(waker);
	if (!from)
		return;
	role = live_role(from, now);
	if (role == GS_ROLE_NONE || !gs_role_is_inherited(from->distance))
		return;
	if (!take_role(thread, GS_ROLE_CHAIN, from->distance + 1, now))
		return;
	thread->root = from->root;
	thread->fact_tid = waker->pid;
	count(GS_CNT_CHAIN);
}

static u32 counter_of(u32 fact)
{
	if (fact == GS_ROLE_INPUT)
		return GS_CNT_INPUT;
	return fact == GS_ROLE_AUDIO ? GS_CNT_AUDIO : GS_CNT_COMPOSITOR;
}

/* Until when the input window is open. Written by all CPUs without a lock: what is lost is the
 * difference between two events of the same moment. */
static u64 window_until;

static bool in_window(const struct gs_thread *thread, u64 now)
{
	return thread->root == GS_ROLE_INPUT && gs_before(now, window_until);
}

/* A thread is woken, here and now. */
static void note_wakeup(struct gs_thread *thread, bool inherits, u64 now)
{
	struct wake_source *source = source_of_wakeup();

	if (!source) {
		if (inherits)
			inherit_role(thread, now);
		return;
	}
	if (source->window && gs_before(window_until, now + source->window))
		window_until = now + source->window;
	if (source->fact == GS_ROLE_INPUT)
		thread->input_from = now;
	if (source->fact == GS_ROLE_COMPOSITOR)
		note_flip(thread, now);
	if (take_role(thread, source->fact, 0, now))
		count(counter_of(source->fact));
}

/* ------------------------------------------------------------------ input */

/* Bits of struct input_dev (include/uapi/linux/input-event-codes.h). Word 4 of keybit has the
 * buttons 0x100 to 0x13f: mice from 0x110 on, joysticks and gamepads from 0x120 on. */
#define EV_SYN                   0
#define INPUT_PROP_ACCELEROMETER 6
#define BUTTON_WORD              4
#define BUTTONS_OF_MICE          0x00000000ffff0000ULL
#define BUTTONS_OF_GAMEPADS      0xffffffff00000000ULL
#define TOUCH_WORD               5 /* from 0x140 on: BTN_TOUCH, BTN_TOOL_...; keys again from 0x160 on */
#define BUTTONS_OF_TOUCH         0x00000000ffffffffULL

/* How long an event of this device keeps the window open. A motion sensor sends all the time and is
 * nobody's input. */
static u64 window_of(const struct input_dev *device)
{
	u64 buttons = device->keybit[BUTTON_WORD];

	if (device->propbit[0] >> INPUT_PROP_ACCELEROMETER & 1)
		return 0;
	if (buttons & BUTTONS_OF_GAMEPADS)
		return gs_tunables.input_window_gamepad_ns;
	if (buttons & BUTTONS_OF_MICE || device->keybit[TOUCH_WORD] & BUTTONS_OF_TOUCH)
		return gs_tunables.input_window_mouse_ns;
	return gs_tunables.input_window_keyboard_ns;
}

/* Takes dev->event_lock with interrupts off. Readers are woken at the end of a report. */
SEC("?fentry/input_event")
int BPF_PROG(gs_input, struct input_dev *device, unsigned int type)
{
	return type == EV_SYN ? begin_source(GS_ROLE_INPUT, window_of(device)) : 0;
}

SEC("?fexit/input_event")
int BPF_PROG(gs_input_end)
{
	return end_source();
}

/* ------------------------------------------------------------------ functions of modules */

/* Attached once for each function; the cookie is the fact that it stands for. They open no window:
 * gamepads that are read raw (hidraw, as SDL and Steam do) may send their motion all the time, and
 * it cannot be told from input. */
SEC("kprobe.multi")
int gs_source(struct pt_regs *ctx)
{
	return begin_source(bpf_get_attach_cookie(ctx), 0);
}

SEC("kretprobe.multi")
int gs_source_end(struct pt_regs *ctx)
{
	return end_source();
}

/* ------------------------------------------------------------------ GPU */

/* Work for a GPU ends in a fence, which the thread that submits it makes. */
SEC("?tp_btf/dma_fence_init")
int BPF_PROG(gs_fence)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct gs_thread *thread;
	u64 tree = tree_of(p), now;

	if (!tree || !in_task_context())
		return 0;
	thread = thread_of(p);
	if (!thread)
		return 0;
	now = scx_now();
	note_frame(thread, tree, p->pid, now);
	if (gs_tunables.roles && take_role(thread, GS_ROLE_GPU, 0, now))
		count(GS_CNT_GPU);
	return 0;
}

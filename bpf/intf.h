/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only OR GPL-2.0-or-later */

/*
 * What the BPF programs and the service share: the values of the maps, the records of the ring
 * buffer, the tunables and the counters. Fixed-width fields only; both sides are built from this
 * one file.
 *
 * Times are nanoseconds: of CLOCK_MONOTONIC (bpf_ktime_get_ns) in records and trees, of the
 * scheduler's clock (scx_now), which is another one, in struct gs_thread and struct gs_cpu.
 */

#pragma once

#ifdef __bpf__
typedef __u8 gs_u8;
typedef __u32 gs_u32;
typedef __s32 gs_s32;
typedef __u64 gs_u64;
typedef __s64 gs_s64;
#else
#include <stdbool.h>
#include <stdint.h>
typedef uint8_t gs_u8;
typedef uint32_t gs_u32;
typedef int32_t gs_s32;
typedef uint64_t gs_u64;
typedef int64_t gs_s64;
#endif

enum gs_limits {
	GS_COMM_LEN = 16,  /* TASK_COMM_LEN */
	GS_ARGS_LEN = 512, /* how much of a launcher's command line is looked at */
	GS_PATH_LEN = 256, /* how much of an executable's path is told; names are cut there */
	GS_MAX_CANDIDATES = 16384, /* names of programs */
	GS_MAX_TOLD = 64, /* execs of a tree's members that are told: a game is started by then */
	GS_TOLD_PER_SECOND = 32,         /* candidates of one user that are told */
	GS_TOLD_PER_SECOND_OF_ALL = 256, /* and of all users together */
	GS_APP_ID_LEN = 24,              /* of a Steam AppId, with the 0 at its end */
	GS_MAX_TREES = 4096,             /* games and launchers; the service allows 1024 games */
	GS_MAX_CPUS = 1024,              /* a power of two: used as a mask */
	GS_MAX_LLCS = 64,                /* a power of two; further cache domains share queues */
	GS_MAX_FAST = 64,                /* a power of two; further fast CPUs are like the others */
	GS_EVENTS_SIZE = 1 << 18,        /* ring buffer in bytes: about 450 of the largest record */
	GS_MAX_GROUPS = 65536,      /* control groups whose weight is known; others count as 100 */
	GS_WAIT_BUCKETS = 88,       /* see histogram.h */
	GS_SLICE_TENTHS = 11,       /* shares of a slice: below 10 %, 20 %, …, 100 %; all of it */
	GS_MAX_MEASURED_GAMES = 16, /* games whose times are kept; memory for each CPU and game */
	GS_STALL_EPOCHS = 4,        /* a power of two; see stall.bpf.h */
	GS_EXIT_REASON_LEN = 128,
	GS_EXIT_MSG_LEN = 256,
	GS_DUMP_LEN = 32768, /* of what the kernel says of all tasks when it ejects a scheduler */
};

/* ------------------------------------------------------------------ process life */

/* How a process counts for its tree; kept at its thread group leader, changed atomically. */
enum gs_count_state {
	GS_NOT_COUNTED = 0, /* no leader, or not yet decided */
	GS_COUNTED = 1,     /* keeps the tree alive */
	GS_HELPER = 2,      /* outlives games (wineserver): does not keep the tree alive */
	GS_GONE = 3,        /* all its threads have exited */
};

/* Task storage. Each thread of a game has one, inherited at fork. An upgrade of the service finds
 * those of the version before: whoever moves a member changes the size, too. */
struct gs_task {
	gs_u64 tree;   /* the game tree it belongs to, 0: none */
	gs_u64 launch; /* it is a launcher: its children belong to this tree. 0: none */
	gs_u32 count;  /* enum gs_count_state */
	gs_u32 gpu;    /* of a process: 1 once it has opened a GPU */
};

struct gs_tree {
	gs_u32 root;     /* tgid of the first process; 0 until a launcher's child has called exec */
	gs_u32 live;     /* processes in state GS_COUNTED */
	gs_u32 launched; /* 1 while its launcher lives */
	gs_u32 told;     /* execs of its members that were told, see GS_MAX_TOLD */
	gs_u64 root_exit_ns; /* when the last thread of the root exited; 0 before */
};

enum gs_event_type {
	GS_EV_LAUNCHER = 1,   /* a process called exec and looks like a launcher */
	GS_EV_ROOT_EXEC = 2,  /* the first process of a tree called exec */
	GS_EV_TREE_EMPTY = 3, /* no counted process of a tree is left */
	GS_EV_SCHED_EXIT = 4, /* the scheduler has ended, by request or not */
	GS_EV_LOSS = 5,       /* something could not be followed; the common part alone */
	GS_EV_CANDIDATE = 6,  /* a process may be a game, or more is known about one */
	GS_EV_MUTED = 7, /* processes of a user, or of all users, were not told, because there are
			    too many; the common part alone, once a second for each limit */
};

/* Why somebody should look at a process. */
enum gs_candidate_reason {
	GS_CANDIDATE_EXEC =
		1, /* it is no game's and called exec: its name, folder or ending is on a list */
	GS_CANDIDATE_GPU = 2,    /* it opened a GPU, for the first time */
	GS_CANDIDATE_MEMBER = 3, /* it belongs to a game and called exec */
};

struct gs_event {
	gs_u32 type; /* enum gs_event_type */
	gs_u32 size; /* of the whole record */
	gs_u64 at_ns;
	gs_u64 lost; /* records that could not be written since the programs were loaded */
};

struct gs_ev_launcher {
	struct gs_event event;
	gs_u64 tree; /* reserved for its children */
	gs_u32 pid;
	gs_u32 uid;
	gs_u32 args_len;
	char comm[GS_COMM_LEN];
	char args[GS_ARGS_LEN]; /* as in /proc/PID/cmdline; cut */
	gs_u32 unused;
};

struct gs_ev_root_exec {
	struct gs_event event;
	gs_u64 tree;
	gs_u32 pid;
	gs_u32 uid;
	char comm[GS_COMM_LEN];
	char path[GS_PATH_LEN]; /* as given to execve; the script for a script */
};

struct gs_ev_candidate {
	struct gs_event event;
	gs_u64 tree; /* that it belongs to; 0: none */
	gs_u32 pid;
	gs_u32 reason;              /* enum gs_candidate_reason */
	char app_id[GS_APP_ID_LEN]; /* SteamAppId of its environment; empty: none, or reason GPU */
};

struct gs_ev_tree_empty {
	struct gs_event event;
	gs_u64 tree;
	gs_u32 root;
	gs_u32 final; /* 1: nothing can join the tree any more; 0: its launcher still lives */
};

struct gs_ev_sched_exit {
	struct gs_event event;
	gs_s64 code;
	gs_s32 kind; /* enum scx_exit_kind */
	gs_u32 unused;
	gs_u64 stalled_ns; /* how long a thread waited for which we ended ourselves; 0: not so */
	gs_u64 instance;   /* gs_config.instance of the scheduler that ended */
	char reason[GS_EXIT_REASON_LEN];
	char msg[GS_EXIT_MSG_LEN];
};

/* Arguments of the task iterators; written by the service before it reads an iterator. */
struct gs_iter_args {
	gs_u64 tree;        /* tree that `root` joins; 0: only children are adopted */
	gs_u32 root;        /* tgid */
	gs_u32 as_launcher; /* `root` launches the tree instead of belonging to it */
	gs_u64 outer; /* out: the tree that `root` was taken from, or that it keeps as a launcher */
	gs_u64 changed; /* out: tasks that joined in this pass */
};

/* ------------------------------------------------------------------ scheduler */

enum gs_class {
	GS_CLASS_GAME = 0,
	GS_CLASS_OTHER = 1,
	GS_NR_CLASSES = 2,
};

/* For whom a thread works, in statistics; finer than its class. */
enum gs_party {
	GS_PARTY_GAME = 0,
	GS_PARTY_SESSION, /* served with games without being part of one */
	GS_PARTY_KERNEL,
	GS_PARTY_OTHER,
	GS_NR_PARTIES,
};

/* Why a thread matters. Each but the first comes from a fact and fades when the fact stops
 * (roles.h). The later in this list, the more important. */
enum gs_role {
	GS_ROLE_NONE = 0,
	GS_ROLE_CHAIN,      /* woken by a thread with a role */
	GS_ROLE_COMPOSITOR, /* woken by a page flip */
	GS_ROLE_GPU,        /* of a game, gives work to the GPU */
	GS_ROLE_AUDIO,      /* woken by the end of an audio period */
	GS_ROLE_INPUT,      /* woken by an input event */
	GS_NR_ROLES,
};

/* Who is served first among games, see gs_rank(); smaller is earlier. */
enum gs_rank_limits {
	GS_RANK_WINDOW = 0,   /* in the input window */
	GS_RANK_CRITICAL = 1, /* has a role of its own; wake-ups away from it: 2, 3, 4 */
	GS_MAX_DISTANCE = 3,  /* wake-ups through which a role is inherited */
	GS_RANK_PLAIN = GS_RANK_CRITICAL + GS_MAX_DISTANCE + 1,
	GS_RANK_BEHIND, /* of a game while the user looks at another one */
};

/* What the scheduler knows about a thread: task storage, from its first moment on. Written by the
 * scheduler; the service reads it at any time and without a lock (Explain), so that a single answer
 * may mix two moments. */
struct gs_thread {
	gs_u64 wait_from; /* 0 while it runs or sleeps */
	gs_u64 run_from;
	gs_u64 deadline;
	gs_u64 ran;     /* CPU time, decaying like `used` but whatever the weight */
	gs_u64 used;    /* see gs_use_after */
	gs_u64 used_at; /* the moment for which `used` is right */
	gs_u64 slice_given;
	gs_u64 slice_ran;
	gs_u64 fact_at; /* the last time that the fact behind `role` was seen */
	gs_u64 group;   /* id of its control group; 0: none is known */
	gs_u64 nr_waits;
	gs_u64 max_wait_ns;
	gs_u64 preempts;   /* it took somebody's CPU */
	gs_u64 preempted;  /* somebody took its CPU */
	gs_u64 input_from; /* when input woke it; 0: it did not, or it has run since */
	gs_u64 flipped_at; /* when a page flip woke it last; 0: none has */
	gs_u64 tree;       /* as `task_class`: the game tree that it belongs to; 0: none */
	gs_u32 task_class; /* enum gs_class, as of its last wake-up or queueing */
	gs_u32 rank;       /* as of then, too */
	gs_u32 weight;     /* 100: nice 0 in groups of weight 100; always 100 for games */
	gs_u32 group_weight;
	gs_u32 group_seen; /* the generation of weights for which group_weight is right */
	gs_u32 role;       /* enum gs_role; counts while it is live */
	gs_u32 root;       /* for GS_ROLE_CHAIN: the role at the chain's beginning */
	gs_u32 distance;   /* wake-ups from there; 0 for the other roles */
	gs_u32 fact_tid;   /* for GS_ROLE_CHAIN: who woke it */
	gs_u32 session;    /* enum gs_role of a process of the session, by its name; or none */
	gs_u32 took_cpu;   /* 1 + the CPU that it has taken and not yet run on; 0: none */
	gs_u32 woken;      /* ops.select_cpu has looked at this wake-up */
	gs_u32 cpu;        /* where it ran last */
	gs_u32 kernel;     /* 1: a kernel thread */
	gs_u32 party;      /* enum gs_party, as `task_class` */
	gs_u32 served_as;  /* enum gs_role, as `task_class`: what its rank comes from */
	gs_u32 counted;    /* 1 + its place in gs_cpu.waiting while it waits in a queue; 0: none */
	gs_u32 queue;      /* while it is counted: which queue, see queue_index() */
	gs_u32 in_frame;   /* 1: it has given work to the GPU since it slept last */
	gs_u32 waits[GS_WAIT_BUCKETS];
};

/* Changed while attached; each field is read and written whole. Ranges and defaults:
 * service/scheduler/tunables.cpp. */
struct gs_tunables {
	gs_u64 slice_ns;
	gs_u64 slice_min_ns;
	gs_u64 game_budget_ns;
	gs_u64 background_bound_ns;
	gs_u64 preempt; /* 0 or 1 */
	gs_u64 roles;   /* 0 or 1 */
	gs_u64 input_window_mouse_ns;
	gs_u64 input_window_keyboard_ns;
	gs_u64 input_window_gamepad_ns;
	gs_u64 full_frequency; /* 0 or 1 */
};

/* Where a CPU is; from sysfs (service/scheduler/topology). */
struct gs_place {
	gs_u32 llc;      /* dense number of its last-level cache */
	gs_u32 node;     /* dense number of its NUMA node */
	gs_u32 core;     /* lowest CPU number of its core: equal for SMT siblings */
	gs_u32 capacity; /* 1024: as fast as the fastest CPU of the machine */
};

/* Set before load and constant while attached. */
struct gs_config {
	gs_u64 instance; /* told apart in exit records */
	gs_u32 nr_cpus;  /* possible CPUs */
	gs_u32 nr_llcs;
	gs_u32 nr_nodes;
	gs_u32 has_smt; /* 0 or 1: a core has several CPUs */
	gs_u32 nr_fast; /* CPUs in `fast`; 0 where all CPUs are about as fast */
	gs_u32 unused;
	struct gs_place place[GS_MAX_CPUS];
	gs_u32 cpus_of_llc[GS_MAX_LLCS];
	gs_u32 node_of_llc[GS_MAX_LLCS];
	/* The fast CPUs of a hybrid machine in the order in which they are tried: one CPU of each
	 * core before all siblings, and among those the fastest first. */
	gs_u32 fast[GS_MAX_FAST];
};

enum gs_counter {
	GS_CNT_DIRECT = 0,
	GS_CNT_QUEUED_GAME,
	GS_CNT_QUEUED_OTHER,
	GS_CNT_KEPT,
	GS_CNT_PREEMPT,
	GS_CNT_STEAL,
	GS_CNT_REQUEUED,
	GS_CNT_RESCUE,
	GS_CNT_PREEMPT_GAME,
	GS_CNT_PREEMPT_USELESS,
	GS_CNT_PLACED_PREVIOUS,
	GS_CNT_PLACED_NEAR,
	GS_CNT_PLACED_FAR,
	GS_CNT_PLACED_SHARED,
	GS_CNT_PLACED_FAST,
	GS_CNT_INPUT,
	GS_CNT_AUDIO,
	GS_CNT_GPU,
	GS_CNT_COMPOSITOR,
	GS_CNT_CHAIN,
	GS_CNT_FREQUENCY,
	GS_CNT_HANDED_OVER,
	GS_CNT_YIELDED,
	GS_CNT_MIGRATED,
	GS_CNT_STALL_CHECK,
	GS_NR_COUNTERS,
};

/* What there is a histogram of. */
enum gs_histogram_id {
	GS_HIST_WAIT = 0,                             /* by party: from runnable to running */
	GS_HIST_RUN = GS_HIST_WAIT + GS_NR_PARTIES,   /* by party: in one go */
	GS_HIST_SLICE = GS_HIST_RUN + GS_NR_PARTIES,  /* by party: thousandths of a slice used */
	GS_HIST_ROLE = GS_HIST_SLICE + GS_NR_PARTIES, /* by role: waits of games and session */
	GS_HIST_INPUT = GS_HIST_ROLE + GS_NR_ROLES,   /* from an input event to running */
	GS_HIST_FLIP,                                 /* from a page flip to the next one */
	GS_NR_HISTOGRAMS,
};

/* One for each CPU, written by that CPU only. */
struct gs_histogram {
	gs_u64 counts[GS_WAIT_BUCKETS]; /* of GS_HIST_SLICE: GS_SLICE_TENTHS of them */
	gs_u64 sum;
	gs_u64 max;
};

/* Of a game's threads, those that have ended included. One for each CPU, written by that CPU only,
 * except who paces the game: that stands in the one of CPU 0, see note_frame(). */
struct gs_game_times {
	struct gs_histogram waits[GS_NR_ROLES];
	struct gs_histogram frames; /* from the beginning of a frame to that of the next one */
	gs_u64 frame_at;            /* when the last frame began */
	gs_u32 pacer;         /* tid of the thread that gives the work for frames; 0: none yet */
	gs_u32 of_others;     /* frames that other threads have begun since */
	gs_u64 worst_wait_ns; /* the longest of `waits` */
	gs_u64 worst_at_ns;   /* when it ended */
	gs_u32 worst_role;    /* enum gs_role */
	gs_u32 unused;
};

/* For the iterator gs_count_threads. */
struct gs_thread_counts {
	gs_u64 tree;                 /* of which game; written by the service before */
	gs_u32 threads[GS_NR_ROLES]; /* by the role that is live; the service sets it to 0 before */
};

/* One for each CPU, written by that CPU only, except what a waker claims: `task_class`, `rank` and
 * `deadline_ns` are read without a lock by wakers, and the one that takes the CPU writes its own,
 * so that the next one looks elsewhere. A stale value costs one preemption that was not the best,
 * never correctness. */
struct gs_cpu {
	gs_u64 counters[GS_NR_COUNTERS];
	gs_u64 max_wait_ns[GS_NR_CLASSES];
	gs_s64 waiting[GS_STALL_EPOCHS]; /* threads queued here less those that no longer wait */
	gs_u64 deadline_ns;              /* of the task that runs here */
	gs_u64 protected_until_ns;       /* before, nothing preempts the task that runs here */
	gs_u64 now_ns;  /* the scheduler's clock when it began to run something, or to idle, last */
	gs_u64 ours_ns; /* for how long it did either until then */
	gs_u64 ours_before_ns;    /* the same at the end of an epoch; written by the stall timer */
	gs_u64 performance_at_ns; /* when something that needs `performance` ran here last */
	gs_u32 task_class;  /* of the task that runs here; GS_NR_CLASSES: none of ours (idle or
			       real-time) */
	gs_u32 rank;        /* of the task that runs here */
	gs_u32 taken;       /* somebody has just taken this CPU from what runs here */
	gs_u32 performance; /* asked for last, see gs_performance(); 0: nothing yet */
	gs_u32 next_steal;  /* cache domain whose queue is looked at next */
	gs_u32 rescued;     /* the last turn here was an overdue task's: it is a game's */
	gs_u32 idle;        /* 1: nothing runs here, of no class; since the first change */
	gs_u32 turn;        /* whose queue is served next, where heads cannot be compared */
} __attribute__((aligned(128)));

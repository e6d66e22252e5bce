/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * Which process belongs to which game, known in the kernel.
 *
 * A game is a tree: a process and all that it forks. Each thread of a tree carries the tree's id in
 * task storage, inherited at fork before the child can run, so that no process escapes. The kernel
 * side counts the live processes of each tree and reports zero; wineserver and its like do not
 * count, since they outlive games.
 *
 * A launcher is a process whose children are games (Steam's reaper). It is recognised when it calls
 * exec, and its children join a tree that is reserved for it, so that a game is followed from its
 * first instruction even if the service reads about it only when it is over.
 *
 * Programs run at fork, exec, rename and exit of every task and leave at once unless the task is
 * ours: the service is woken only by launchers, by the first process of a game, and by the end of a
 * tree. What could not be told is counted; the service then compares its state with the kernel's.
 *
 * What this does not do: it decides nothing. Whether a launcher is one is judged by the service
 * (service/detection), which drops the tree if not.
 *
 * Kernel facts used here: sched_process_exit comes after signal->live was decremented (6.12
 * to 7.3), so 0 means that all threads are exiting; two threads that exit together may both see it.
 * A thread other than the leader that calls exec takes over the leader's PID, and the old leader's
 * storage is freed without a process having ended.
 *
 * A program at a tracepoint can be preempted (seen on 7.3), and the kernel leaves out the same
 * program for whoever runs on that CPU meanwhile (bpf_prog_info.recursion_misses). So forks and
 * exits are looked at twice, the second time where nothing preempts. An exec that is left out, once
 * in some ten thousand while others call exec on the same CPU, is one that was not seen.
 */

#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "intf.h"
#include "maps.bpf.h"

char LICENSE[] SEC("license")
= "GPL";

/* ------------------------------------------------------------------ maps and their accessors */

/* gs_tasks of the service's previous life, handed back by systemd; otherwise empty. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct gs_task);
} gs_tasks_before SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GS_MAX_TREES);
	__type(key, __u64);
	__type(value, struct gs_tree);
} gs_trees SEC(".maps");

struct name {
	char comm[GS_COMM_LEN];
};

/* Names of processes; written by the service from its configuration. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct name);
	__type(value, __u8);
} gs_launchers SEC(".maps")
, gs_helpers SEC(".maps");

/* Names of programs, and of folders that programs are in or below, that make a process worth a look
 * when it calls exec; written by the service. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GS_MAX_CANDIDATES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct name);
	__type(value, __u8);
} gs_candidates SEC(".maps")
, gs_folders SEC(".maps");

/* How many candidates were told in the second that began at from_ns. */
struct allowance {
	__u64 from_ns;
	__u32 told;
	__u32 unused;
};

/* By user. A user who falls out of it begins anew: the limit for all of them stays. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct allowance);
} gs_allowances SEC(".maps");

static struct allowance allowance_of_all;

/* Shared with the service through mmap. */
__u64 gs_next_tree = 1; /* the next free tree id; both sides take ids atomically */
__u64 gs_lost = 0;
struct gs_iter_args gs_iter = {};

static struct gs_task *task_of(struct task_struct *p)
{
	return bpf_task_storage_get(&gs_tasks, p, NULL, 0);
}

/* NULL when storage could not be had: the caller counts a loss, and the service repairs the tree.
 */
static struct gs_task *make_task(struct task_struct *p)
{
	return bpf_task_storage_get(&gs_tasks, p, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static struct gs_tree *tree_of(__u64 id)
{
	return bpf_map_lookup_elem(&gs_trees, &id);
}

static void count_loss(void)
{
	__sync_fetch_and_add(&gs_lost, 1);
}

static void fill_event(struct gs_event *event, __u32 type, __u32 size)
{
	event->type = type;
	event->size = size;
	event->at_ns = bpf_ktime_get_ns();
	event->lost = gs_lost;
}

/* A record of the ring buffer with its common part filled in; NULL and a counted loss when there is
 * no room. */
#define RESERVE_EVENT(kind, ev_type)                                                               \
	({                                                                                         \
		struct kind *__ev = bpf_ringbuf_reserve(&gs_events, sizeof(*__ev), 0);             \
		if (__ev)                                                                          \
			fill_event(&__ev->event, ev_type, sizeof(*__ev));                          \
		else                                                                               \
			count_loss();                                                              \
		__ev;                                                                              \
	})

/* A record of the common part alone. */
static bool tell_plain(__u32 type)
{
	struct gs_event *ev = bpf_ringbuf_reserve(&gs_events, sizeof(*ev), 0);

	if (!ev)
		return false;
	fill_event(ev, type, sizeof(*ev));
	bpf_ringbuf_submit(ev, 0);
	return true;
}

/* A task could not be marked: says so, so that the service looks at once. */
static void tell_loss(void)
{
	count_loss();
	tell_plain(GS_EV_LOSS);
}

/* ------------------------------------------------------------------ limits */

/* Two CPUs may begin a second together: a few more are told then. */
static bool is_allowed(struct allowance *allowance, __u32 limit)
{
	__u64 now = bpf_ktime_get_ns();
	__u32 told;

	if (now - allowance->from_ns >= 1000000000ULL) {
		allowance->from_ns = now;
		allowance->told = 0;
	}
	told = __sync_fetch_and_add(&allowance->told, 1);
	if (told == limit && !tell_plain(GS_EV_MUTED))
		count_loss();
	return told < limit;
}

/* Whoever starts programs in a loop cannot keep the service busy with them. */
static bool may_tell(void)
{
	struct allowance *allowance, fresh = {};
	__u32 uid = bpf_get_current_uid_gid();

	allowance = bpf_map_lookup_elem(&gs_allowances, &uid);
	if (!allowance) {
		bpf_map_update_elem(&gs_allowances, &uid, &fresh, BPF_NOEXIST);
		allowance = bpf_map_lookup_elem(&gs_allowances, &uid);
	}
	if (allowance && !is_allowed(allowance, GS_TOLD_PER_SECOND))
		return false;
	return is_allowed(&allowance_of_all, GS_TOLD_PER_SECOND_OF_ALL);
}

/* ------------------------------------------------------------------ predicates */

static bool is_process_leader(struct task_struct *p)
{
	return p->pid == p->tgid;
}

static bool all_threads_exited(struct task_struct *p)
{
	return BPF_CORE_READ(p, signal, live.counter) == 0;
}

static bool is_helper_name(const struct name *name)
{
	return bpf_map_lookup_elem(&gs_helpers, name) != NULL;
}

static void name_of(struct task_struct *p, struct name *name)
{
	__builtin_memset(name, 0, sizeof(*name));
	bpf_probe_read_kernel_str(name->comm, sizeof(name->comm), p->comm);
}

/* ------------------------------------------------------------------ counting */

static void tell_tree_empty(__u64 id, struct gs_tree *tree)
{
	struct gs_ev_tree_empty *ev;
	__u32 root = tree->root;
	__u32 launched = tree->launched;

	/* The next child of a living launcher starts a new game in the same tree. One that does
	 * nothing but fork is told of in the same measure as what calls exec. */
	if (launched) {
		tree->root = 0;
		if (!may_tell())
			return;
	}
	ev = RESERVE_EVENT(gs_ev_tree_empty, GS_EV_TREE_EMPTY);
	if (!ev)
		return;
	ev->tree = id;
	ev->root = root;
	ev->final = !launched;
	bpf_ringbuf_submit(ev, 0);
}

static void leave_tree(__u64 id)
{
	struct gs_tree *tree = tree_of(id);

	if (tree && __sync_fetch_and_add(&tree->live, -1) == 1)
		tell_tree_empty(id, tree);
}

/* A process of a tree starts to count, unless it is a helper. */
static void count_process(struct gs_task *task, struct gs_tree *tree, bool helper)
{
	__u32 want = helper ? GS_HELPER : GS_COUNTED;

	if (__sync_val_compare_and_swap(&task->count, GS_NOT_COUNTED, want) == GS_NOT_COUNTED &&
	    !helper)
		__sync_fetch_and_add(&tree->live, 1);
}

/* Idempotent: whoever comes first takes the process out of the count. */
static void uncount_process(struct gs_task *task)
{
	if (__sync_lock_test_and_set(&task->count, GS_GONE) == GS_COUNTED)
		leave_tree(task->tree);
}

/*
 * The task moves from tree `from` (0: none) to `to`. False if somebody else was faster: a fork and
 * an iterator may both find the child without a tree, and only one of them may count it. Who moves
 * is out of the count before it has another tree: if it exits meanwhile, it counts in neither.
 */
static bool enter_tree(struct gs_task *task, __u64 from, __u64 to)
{
	__u32 count;

	if (!from)
		return __sync_val_compare_and_swap(&task->tree, 0, to) == 0;
	count = __sync_lock_test_and_set(&task->count, GS_NOT_COUNTED);
	if (count == GS_GONE) {
		task->count = GS_GONE;
		return false;
	}
	if (count == GS_COUNTED)
		leave_tree(from);
	/* Only the service's iterator moves tasks that have a tree. */
	return __sync_val_compare_and_swap(&task->tree, from, to) == from;
}

/* Its name says whether it counts; names change at exec and by prctl (Wine). */
static void recount_by_name(struct gs_task *task, const struct name *name)
{
	struct gs_tree *tree;

	if (is_helper_name(name)) {
		if (__sync_val_compare_and_swap(&task->count, GS_COUNTED, GS_HELPER) == GS_COUNTED)
			leave_tree(task->tree);
		return;
	}
	if (task->count != GS_HELPER)
		return;
	tree = tree_of(task->tree);
	if (tree && __sync_val_compare_and_swap(&task->count, GS_HELPER, GS_COUNTED) == GS_HELPER)
		__sync_fetch_and_add(&tree->live, 1);
}

/* ------------------------------------------------------------------ fork */

/* The child does not run yet. False if it could not be marked. Idempotent. */
static bool follow_fork(struct task_struct *parent, struct task_struct *child)
{
	struct gs_task *from = task_of(parent), *to, *leader;
	struct gs_tree *tree;
	bool thread = child->tgid == parent->tgid;
	__u64 id;

	if (!from)
		return true;
	id = from->tree ?: from->launch;
	tree = tree_of(id);
	if (!tree)
		return true;
	to = make_task(child);
	if (!to)
		return false;
	if (thread && !from->tree) {
		to->launch = id;
		return true;
	}
	if (!enter_tree(to, 0, id) || thread)
		return true;
	leader = task_of(parent->group_leader);
	count_process(to, tree, leader && leader->count == GS_HELPER);
	return true;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(gs_fork, struct task_struct *parent, struct task_struct *child)
{
	follow_fork(parent, child);
	return 0;
}

/* Comes later, with interrupts off, so that it is never left out. (Task storage comes from memory
 * that is there already and takes no lock of the scheduler's: 6.4 and later.) */
SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(gs_wakeup_new, struct task_struct *child)
{
	if (!follow_fork(bpf_get_current_task_btf(), child))
		tell_loss();
	return 0;
}

/* ------------------------------------------------------------------ exec */

static const char kSteamVerb[] = "SteamLaunch";

/* Steam starts every game as: reaper SteamLaunch AppId=N -- COMMAND. */
static bool has_launcher_arguments(unsigned long arg_start)
{
	char arg[128];
	char verb[sizeof(kSteamVerb)] = {};
	long len = bpf_probe_read_user_str(arg, sizeof(arg), (void *)arg_start);

	if (len <= 0 || len == sizeof(arg))
		return false;
	if (bpf_probe_read_user_str(verb, sizeof(verb), (void *)(arg_start + len)) != sizeof(verb))
		return false;
	return __builtin_memcmp(verb, kSteamVerb, sizeof(verb)) == 0;
}

static void tell_launcher(struct task_struct *p, __u64 id, const struct name *name,
			  unsigned long arg_start, unsigned long arg_end)
{
	struct gs_ev_launcher *ev = RESERVE_EVENT(gs_ev_launcher, GS_EV_LAUNCHER);
	unsigned long len = arg_end - arg_start;

	if (!ev)
		return;
	ev->tree = id;
	ev->pid = p->tgid;
	ev->uid = bpf_get_current_uid_gid();
	__builtin_memcpy(ev->comm, name->comm, sizeof(ev->comm));
	if (len > sizeof(ev->args))
		len = sizeof(ev->args);
	ev->args_len = len;
	ev->unused = 0;
	if (bpf_probe_read_user(ev->args, len, (void *)arg_start))
		ev->args_len = 0;
	bpf_ringbuf_submit(ev, 0);
}

static void become_launcher(struct task_struct *p, const struct name *name)
{
	unsigned long arg_start = BPF_CORE_READ(p, mm, arg_start);
	struct gs_tree tree = { .launched = 1 };
	struct gs_task *task;
	__u64 id;

	if (!bpf_map_lookup_elem(&gs_launchers, name) && !has_launcher_arguments(arg_start))
		return;
	if (!may_tell())
		return;
	id = __sync_fetch_and_add(&gs_next_tree, 1);
	task = make_task(p);
	if (!task || bpf_map_update_elem(&gs_trees, &id, &tree, BPF_NOEXIST)) {
		tell_loss();
		return;
	}
	task->launch = id;
	tell_launcher(p, id, name, arg_start, BPF_CORE_READ(p, mm, arg_end));
}

/* One variable of an environment; what is longer ends the search. */
struct variable {
	char text[4096];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct variable);
} gs_variable SEC(".maps");

static const char kSteamAppId[] = "SteamAppId=";

#define MAX_VARIABLES 512

/*
 * The value of SteamAppId, which Steam gives to all that it starts for a game; nothing if there is
 * none. Read where the process itself calls exec, when its environment has just been written: what
 * is not in memory is not waited for, so that nobody can keep the reader waiting (a mapping of a
 * FUSE file in its place).
 */
static void find_app_id(struct task_struct *p, char app_id[GS_APP_ID_LEN])
{
	unsigned long at = BPF_CORE_READ(p, mm, env_start);
	unsigned long end = BPF_CORE_READ(p, mm, env_end);
	const __u32 prefix = sizeof(kSteamAppId) - 1;
	struct variable *variable;
	__u32 zero = 0;
	int i;

	variable = bpf_map_lookup_elem(&gs_variable, &zero);
	if (!variable)
		return;
	bpf_for (i, 0, MAX_VARIABLES) {
		long len;

		if (at >= end)
			return;
		len = bpf_probe_read_user_str(variable->text, sizeof(variable->text), (void *)at);
		if (len <= 0)
			return;
		if (__builtin_memcmp(variable->text, kSteamAppId, prefix) == 0) {
			bpf_probe_read_kernel_str(app_id, GS_APP_ID_LEN, variable->text + prefix);
			return;
		}
		at += len;
	}
}

/* False if the service will not hear of it. */
static bool tell_candidate(__u32 pid, __u64 tree, __u32 reason)
{
	struct gs_ev_candidate *ev;

	if (!may_tell())
		return false;
	ev = RESERVE_EVENT(gs_ev_candidate, GS_EV_CANDIDATE);
	if (!ev)
		return false;
	ev->tree = tree;
	ev->pid = pid;
	ev->reason = reason;
	ev->app_id[0] = 0;
	if (reason != GS_CANDIDATE_GPU)
		find_app_id(bpf_get_current_task_btf(), ev->app_id);
	bpf_ringbuf_submit(ev, 0);
	return true;
}

/* How far up the folders of an executable are looked at. */
#define FOLDER_DEPTH 10

/* The last eight bytes of the name, or all of a shorter one with zeros before it. */
static bool has_game_ending(struct dentry *file)
{
	char end[9] = {};
	const unsigned char *name = BPF_CORE_READ(file, d_name.name);
	__u32 len = BPF_CORE_READ(file, d_name.len);
	__u32 size = len < 8 ? len : 8, at = 8 - size;

	/* The verifier adds to addresses on the stack, and does not subtract from them. */
	barrier_var(at);
	if (at > 8 || bpf_probe_read_kernel(end + at, size, name + len - size))
		return false;
	return __builtin_memcmp(end + 1, ".x86_64", 7) == 0 ||
	       __builtin_memcmp(end, "Shipping", 8) == 0 ||
	       __builtin_memcmp(end + 4, ".exe", 4) == 0 ||
	       __builtin_memcmp(end + 4, ".x86", 4) == 0;
}

static bool is_in_game_folder(struct dentry *file)
{
	struct name name;
	int i;

	bpf_for (i, 0, FOLDER_DEPTH) {
		file = BPF_CORE_READ(file, d_parent);
		__builtin_memset(&name, 0, sizeof(name));
		if (!file || bpf_probe_read_kernel_str(name.comm, sizeof(name.comm),
						       BPF_CORE_READ(file, d_name.name)) <= 0)
			return false;
		if (name.comm[0] == '/')
			return false;
		if (bpf_map_lookup_elem(&gs_folders, &name))
			return true;
	}
	return false;
}

static const char kSystemGames[] = "/usr/games/";

/* A script, for which the kernel has the interpreter's file: as exec was told it. */
static bool is_system_game(struct linux_binprm *bprm)
{
	char path[sizeof(kSystemGames) - 1];

	return bpf_probe_read_kernel(path, sizeof(path), bprm->filename) == 0 &&
	       __builtin_memcmp(path, kSystemGames, sizeof(path)) == 0;
}

/* A process of no game. Names of files are those that the kernel has, wherever exec was told to
 * look. */
static bool is_worth_a_look(const struct name *name, struct linux_binprm *bprm)
{
	struct dentry *file = BPF_CORE_READ(bprm, file, f_path.dentry);

	return bpf_map_lookup_elem(&gs_candidates, name) || is_system_game(bprm) ||
	       (file && (has_game_ending(file) || is_in_game_folder(file)));
}

static void tell_root_exec(struct task_struct *p, __u64 id, const struct name *name,
			   struct linux_binprm *bprm)
{
	struct gs_ev_root_exec *ev;

	if (!may_tell())
		return;
	ev = RESERVE_EVENT(gs_ev_root_exec, GS_EV_ROOT_EXEC);
	if (!ev)
		return;
	ev->tree = id;
	ev->pid = p->tgid;
	ev->uid = bpf_get_current_uid_gid();
	__builtin_memcpy(ev->comm, name->comm, sizeof(ev->comm));
	if (bpf_probe_read_kernel_str(ev->path, sizeof(ev->path), bprm->filename) < 0)
		ev->path[0] = 0;
	bpf_ringbuf_submit(ev, 0);
}

/* A launcher that calls exec once more: it turned itself into the game. */
static void launcher_becomes_game(struct gs_task *task)
{
	struct gs_tree *tree = tree_of(task->launch);

	if (!tree || !enter_tree(task, 0, task->launch))
		return;
	task->launch = 0;
	tree->launched = 0;
	count_process(task, tree, false);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(gs_exec, struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm)
{
	struct gs_task *task = task_of(p);
	struct gs_tree *tree;
	struct name name;
	__u64 id;

	name_of(p, &name);
	/* Another program: what it opens is told anew. */
	if (task)
		task->gpu = 0;
	if (task && task->launch && !bpf_map_lookup_elem(&gs_launchers, &name))
		launcher_becomes_game(task);
	if (!task || !task->tree) {
		if (!task || !task->launch)
			become_launcher(p, &name);
		if (is_worth_a_look(&name, bprm))
			tell_candidate(p->tgid, 0, GS_CANDIDATE_EXEC);
		return 0;
	}
	id = task->tree;
	tree = tree_of(id);
	if (!tree)
		return 0;
	/*
	 * A thread that called exec is the leader from now on: it takes over the old leader's place
	 * in the count, whose storage went without an exit. (A helper that does so would be counted
	 * out once too often; none is known to.)
	 */
	if (old_pid != p->pid)
		__sync_val_compare_and_swap(&task->count, GS_NOT_COUNTED, GS_COUNTED);
	recount_by_name(task, &name);
	if (__sync_val_compare_and_swap(&tree->root, 0, p->tgid) == 0 || tree->root == p->tgid)
		tell_root_exec(p, id, &name, bprm);
	else if (tree->told < GS_MAX_TOLD && __sync_fetch_and_add(&tree->told, 1) < GS_MAX_TOLD)
		tell_candidate(p->tgid, id, GS_CANDIDATE_MEMBER);
	return 0;
}

/* Comes before the name is copied, so the second argument is the new one. */
SEC("tp_btf/task_rename")
int BPF_PROG(gs_rename, struct task_struct *p, const char *comm)
{
	struct gs_task *task = task_of(p);
	struct name name = {};

	if (!task || !task->tree || !is_process_leader(p))
		return 0;
	if (bpf_probe_read_kernel_str(name.comm, sizeof(name.comm), comm) < 0)
		return 0;
	recount_by_name(task, &name);
	return 0;
}

/* ------------------------------------------------------------------ GPU */

/* drm_open, of the module drm: attached by the service where it is loaded. */
SEC("kprobe.multi")
int gs_gpu_open(struct pt_regs *ctx)
{
	struct task_struct *p = bpf_get_current_task_btf();
	struct gs_task *task;

	task = make_task(p->group_leader);
	if (!task || __sync_lock_test_and_set(&task->gpu, 1))
		return 0;
	/* What could not be told is told when it opens the next one. */
	if (!tell_candidate(p->tgid, task->tree, GS_CANDIDATE_GPU))
		task->gpu = 0;
	return 0;
}

/* ------------------------------------------------------------------ exit */

static void launcher_exits(__u64 id)
{
	struct gs_tree *tree = tree_of(id);

	if (!tree || __sync_lock_test_and_set(&tree->launched, 0) == 0)
		return;
	if (tree->live == 0)
		tell_tree_empty(id, tree);
}

/* Idempotent. */
static void follow_exit(struct gs_task *task, __u32 tgid)
{
	struct gs_tree *tree;

	if (!task)
		return;
	if (task->launch)
		launcher_exits(task->launch);
	if (!task->tree || task->count == GS_GONE)
		return;
	tree = tree_of(task->tree);
	if (tree && tree->root == tgid)
		tree->root_exit_ns = bpf_ktime_get_ns();
	uncount_process(task);
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(gs_exit, struct task_struct *p)
{
	if (all_threads_exited(p))
		follow_exit(task_of(p->group_leader), p->tgid);
	return 0;
}

/* The same once more, when its parent has noticed: see "Kernel facts" above. A leader whose place
 * another thread has taken at exec is no leader any more. */
SEC("tp_btf/sched_process_free")
int BPF_PROG(gs_free, struct task_struct *p)
{
	if (is_process_leader(p) && all_threads_exited(p))
		follow_exit(task_of(p), p->tgid);
	return 0;
}

/* ------------------------------------------------------------------ iterators, read by the service
 */

static void join_tree(struct task_struct *p, struct gs_task *task, __u64 id)
{
	struct gs_tree *tree = tree_of(id);
	struct name name;

	if (!tree || !enter_tree(task, task->tree, id))
		return;
	__sync_fetch_and_add(&gs_iter.changed, 1);
	if (!is_process_leader(p))
		return;
	name_of(p, &name);
	count_process(task, tree, is_helper_name(&name));
	/* It may have exited between our look and our counting, when gs_exit found nothing to undo.
	 */
	if (all_threads_exited(p))
		uncount_process(task);
}

/* What is already a launcher, or a member of a game, stays what it is; gs_iter.outer says which
 * tree it has. */
static void become_known_launcher(struct gs_task *task, __u64 id)
{
	__u64 has = task->tree ?: task->launch;

	if (has && tree_of(has)) {
		if (has != id)
			gs_iter.outer = has;
		return;
	}
	task->tree = 0;
	task->launch = id;
	__sync_fetch_and_add(&gs_iter.changed, 1);
}

/* The tree that a task should belong to because of its process or its parent; 0: none. */
static __u64 tree_by_kinship(struct task_struct *p)
{
	struct gs_task *kin;

	if (!is_process_leader(p)) {
		kin = task_of(p->group_leader);
		return kin ? kin->tree : 0;
	}
	kin = task_of(p->real_parent->group_leader);
	return kin ? kin->tree ?: kin->launch : 0;
}

/* What the service's previous life knew about a task; true if that was something. */
static bool restore_from_before(struct task_struct *p)
{
	struct gs_task *before = bpf_task_storage_get(&gs_tasks_before, p, NULL, 0);
	struct gs_task *task;

	if (!before || !tree_of(before->tree ?: before->launch))
		return false;
	task = make_task(p);
	if (!task) {
		count_loss();
		return false;
	}
	if (before->tree)
		join_tree(p, task, before->tree);
	else
		become_known_launcher(task, before->launch);
	return true;
}

/*
 * One pass over all tasks: the root joins its tree, and every task joins the tree of its kin. The
 * service repeats it until a pass changes nothing: then no child is missing, however PIDs are
 * ordered, since forks of tasks that have joined are followed by gs_fork.
 */
SEC("iter/task")
int gs_adopt(struct bpf_iter__task *ctx)
{
	struct task_struct *p = ctx->task;
	struct gs_task *task;
	__u64 want;

	if (!p || all_threads_exited(p))
		return 0;
	task = task_of(p);
	if (gs_iter.tree && p->tgid == gs_iter.root) {
		if (task && task->tree == gs_iter.tree)
			return 0;
		task = make_task(p);
		if (!task) {
			count_loss();
			return 0;
		}
		if (gs_iter.as_launcher) {
			become_known_launcher(task, gs_iter.tree);
			return 0;
		}
		if (task->tree)
			gs_iter.outer = task->tree;
		join_tree(p, task, gs_iter.tree);
		return 0;
	}
	if (task && ((task->tree && task->tree != gs_iter.outer) || task->launch))
		return 0;
	if (!(task && task->tree) && restore_from_before(p))
		return 0;
	want = tree_by_kinship(p);
	if (!want || (task && task->tree == want))
		return 0;
	/* Out of the outer tree only into the inner one, never further out. */
	if (task && task->tree && want != gs_iter.tree)
		return 0;
	task = make_task(p);
	if (task)
		join_tree(p, task, want);
	else
		count_loss();
	return 0;
}

/* Forgets what belongs to trees that the service has deleted from gs_trees. Nothing joins such a
 * tree any more. */
SEC("iter/task")
int gs_forget(struct bpf_iter__task *ctx)
{
	struct task_struct *p = ctx->task;
	struct gs_task *task;

	if (!p)
		return 0;
	task = task_of(p);
	/* One that has no tree at all is just being made by gs_exec or gs_fork. */
	if (!task || !(task->tree ?: task->launch) || tree_of(task->tree ?: task->launch))
		return 0;
	bpf_task_storage_delete(&gs_tasks, p);
	return 0;
}

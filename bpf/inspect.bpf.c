/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/*
 * What /proc keeps from a service that may not read everybody's files: who has a GPU open. An
 * iterator, read by the service when it looks at a process (service/detection/inspector); nothing
 * here runs otherwise.
 */

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "intf.h"

char LICENSE[] SEC("license")
= "GPL";

#define S_IFMT  0170000
#define S_IFCHR 0020000

/* Numbers of character devices: drm_drv.c's DRM_MAJOR; 195 is NVIDIA's, whose last two minors are
 * no GPUs (nvidia-modeset and nvidiactl). */
enum {
	DRM_MAJOR = 226,
	NVIDIA_MAJOR = 195,
	NVIDIA_FIRST_CONTROL = 254
};

static bool is_gpu(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u32 device = BPF_CORE_READ(inode, i_rdev), major = device >> 20, minor = device & 0xfffff;

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFCHR)
		return false;
	return major == DRM_MAJOR || (major == NVIDIA_MAJOR && minor < NVIDIA_FIRST_CONTROL);
}

/* The process, once for each GPU that it has open. */
SEC("iter/task_file")
int gs_gpu_users(struct bpf_iter__task_file *ctx)
{
	struct task_struct *p = ctx->task;
	struct file *file = ctx->file;
	__u32 pid;

	if (!p || !file || !is_gpu(file))
		return 0;
	pid = p->tgid;
	bpf_seq_write(ctx->meta->seq, &pid, sizeof(pid));
	return 0;
}

/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-only */

/* Somebody else's scheduler: the kernel's defaults under another name. Loaded with `bpftool
 * struct_ops register`. */

#define BPF_NO_KFUNC_PROTOTYPES
#include "vmlinux.h"

#include "scx.bpf.h"

char LICENSE[] SEC("license")
= "GPL";

SEC(".struct_ops.link")
struct sched_ext_ops___gs foreign = {
	.name = "foreign",
};

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// The skeletons of bpf/: generated C, for .cpp files only.

#pragma once

#include "bpf/intf.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include "bpf/inspect.skel.h"
#include "bpf/lifecycle.skel.h"
#include "bpf/sched.skel.h"
#pragma GCC diagnostic pop

/* SPDX-FileCopyrightText: gamesched contributors */
/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the load "build" compiles, over and over: the scheduler's arithmetic, with the headers that
 * C programs have. */

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "deadline.h"

static int compare(const void* left, const void* right) {
    gs_u64 a = *(const gs_u64*)left, b = *(const gs_u64*)right;

    return gs_before(a, b) ? -1 : a != b;
}

int main(int argc, char** argv) {
    gs_u64 deadlines[64] = {0};

    for (int i = 1; i < argc && i < 64; ++i)
        deadlines[i] = gs_use_after(strtoull(argv[i], NULL, 10), gs_min((gs_u64)i, 40) * 1000000);
    qsort(deadlines, 64, sizeof deadlines[0], compare);
    for (int i = 0; i < 64; ++i)
        if (deadlines[i])
            printf("%llu\n", (unsigned long long)deadlines[i]);
    return errno;
}

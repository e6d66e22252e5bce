// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Keeps one CPU in user mode until it is killed: gamesched-bench-park CPU. While the kernel patches
// its own code, an emulated CPU that executes kernel code can run into a breakpoint that is no
// longer there; one that stays here cannot.

#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
    if (argc != 2)
        return 2;
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<size_t>(std::atoi(argv[1])), &cpus);
    const sched_param param = {.sched_priority = 50};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0 ||
        sched_setscheduler(0, SCHED_FIFO, &param) != 0) {
        std::perror("gamesched-bench-park");
        return 1;
    }
    if (write(STDOUT_FILENO, "\n", 1) != 1)
        return 1;
    for (;;)
        asm volatile("pause");
}

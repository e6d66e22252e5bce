// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/embedded.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace gamesched {

void release_embedded(EmbeddedBytes bytes) {
    size_t size = 0;
    const auto begin = reinterpret_cast<uintptr_t>(bytes(&size));
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    // Whole pages of it only: others are next to it. They are constant, and so never other than the
    // file's.
    const uintptr_t first = (begin + page - 1) / page * page, end = (begin + size) / page * page;
    if (first < end)
        madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace gamesched

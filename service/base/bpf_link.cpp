// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/base/bpf_link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>

#include "service/base/fd.h"

namespace gamesched {

void BpfLinkDeleter::operator()(bpf_link* link) const {
    bpf_link__destroy(link);
}

Result<std::string> read_iterator(const bpf_link& link) {
    const Fd fd(bpf_iter_create(bpf_link__fd(&link)));
    if (!fd)
        return fail_errno("making a task iterator", errno);
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
        if (got == 0)
            return text;
        if (got > 0)
            text.append(buffer, static_cast<size_t>(got));
        else if (errno != EINTR && errno != EAGAIN)  // EAGAIN: after a million objects (bpf_iter.c)
            return fail_errno("reading an iterator", errno);
    }
}

}  // namespace gamesched

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
    ssize_t got = 0;
    do {
        got = read(fd.get(), buffer, sizeof(buffer));
        if (got > 0)
            text.append(buffer, static_cast<size_t>(got));
    } while (got > 0 || (got < 0 && errno == EINTR));
    return text;
}

}  // namespace gamesched

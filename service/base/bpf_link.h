// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// A BPF program at its place in the kernel, and what an iterator there writes.

#pragma once

#include <memory>
#include <string>

#include "service/base/error.h"

struct bpf_link;

namespace gamesched {

struct BpfLinkDeleter {
    void operator()(bpf_link* link) const;
};
using BpfLink = std::unique_ptr<bpf_link, BpfLinkDeleter>;

// Runs an iterator to its end: all that it writes.
Result<std::string> read_iterator(const bpf_link& link);

}  // namespace gamesched

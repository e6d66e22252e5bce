// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// BPF objects that are parts of the program (service/base/skeletons.h).

#pragma once

#include <cstddef>

namespace gamesched {

// A skeleton's NAME_bpf__elf_bytes.
using EmbeddedBytes = const void* (*)(size_t* size);

// What is read once, when it is loaded, is not kept in memory: whoever reads it again gets it from
// the file.
void release_embedded(EmbeddedBytes bytes);

}  // namespace gamesched

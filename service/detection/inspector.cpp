// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/inspector.h"

#include <bpf/libbpf.h>

#include <cstring>
#include <string>

#include "service/base/bpf_link.h"
#include "service/base/embedded.h"
#include "service/base/skeletons.h"

namespace gamesched {
namespace {

// What the iterator writes about the files of one process, or, with 0, of all. Empty if it could
// not be asked.
std::string files_of(const bpf_program* program, pid_t pid) {
    bpf_iter_link_info info = {};
    info.task.pid = static_cast<uint32_t>(pid);
    bpf_iter_attach_opts options = {};
    options.sz = sizeof(options);
    options.link_info = &info;
    options.link_info_len = sizeof(info);
    const BpfLink link(bpf_program__attach_iter(program, &options));
    return link ? read_iterator(*link).value_or("") : "";
}

std::set<pid_t> as_pids(const std::string& bytes) {
    std::set<pid_t> pids;
    for (size_t at = 0; at + sizeof(uint32_t) <= bytes.size(); at += sizeof(uint32_t)) {
        uint32_t pid = 0;
        std::memcpy(&pid, bytes.data() + at, sizeof(pid));
        pids.insert(static_cast<pid_t>(pid));
    }
    return pids;
}

}  // namespace

void Inspector::SkeletonDeleter::operator()(inspect_bpf* skeleton) const {
    inspect_bpf__destroy(skeleton);
}

Result<std::unique_ptr<Inspector>> Inspector::create() {
    std::unique_ptr<Inspector> self(new Inspector);
    self->skeleton_.reset(inspect_bpf__open_and_load());
    if (!self->skeleton_)
        return fail_errno("Loading the programs that look at processes", errno);
    release_embedded(inspect_bpf__elf_bytes);
    return self;
}

Inspector::~Inspector() = default;

bool Inspector::uses_gpu(pid_t pid) const {
    return !files_of(skeleton_->progs.gs_gpu_users, pid).empty();
}

std::set<pid_t> Inspector::gpu_users() const {
    return as_pids(files_of(skeleton_->progs.gs_gpu_users, 0));
}

}  // namespace gamesched

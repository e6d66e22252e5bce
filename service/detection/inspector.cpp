// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/detection/inspector.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "service/base/fd.h"
#include "service/base/skeletons.h"

namespace gamesched {
namespace {

struct LinkDeleter {
    void operator()(bpf_link* link) const { bpf_link__destroy(link); }
};

// What the iterator writes about the files of one process, or, with 0, of all. Empty if it could
// not be asked.
std::string read_iterator(const bpf_program* program, pid_t pid) {
    bpf_iter_link_info info = {};
    info.task.pid = static_cast<uint32_t>(pid);
    bpf_iter_attach_opts options = {};
    options.sz = sizeof(options);
    options.link_info = &info;
    options.link_info_len = sizeof(info);
    const std::unique_ptr<bpf_link, LinkDeleter> link(bpf_program__attach_iter(program, &options));
    const Fd fd(link ? bpf_iter_create(bpf_link__fd(link.get())) : -1);
    std::string text;
    char buffer[4096];
    while (fd) {
        const ssize_t got = read(fd.get(), buffer, sizeof(buffer));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        text.append(buffer, static_cast<size_t>(got));
    }
    return text;
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
    return self;
}

Inspector::~Inspector() = default;

bool Inspector::uses_gpu(pid_t pid) const {
    return !read_iterator(skeleton_->progs.gs_gpu_users, pid).empty();
}

std::set<pid_t> Inspector::gpu_users() const {
    return as_pids(read_iterator(skeleton_->progs.gs_gpu_users, 0));
}

}  // namespace gamesched

// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/hooks.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <format>

#include "service/scheduler/sched_skeleton.h"

namespace gamesched {
namespace {

bpf_link* attach_probe(bpf_program* program, const char* function, bool at_return) {
    bpf_kprobe_multi_opts options = {};
    options.sz = sizeof(options);
    options.syms = &function;
    options.cnt = 1;
    options.retprobe = at_return;
    return bpf_program__attach_kprobe_multi_opts(program, nullptr, &options);
}

}  // namespace

void Hooks::LinkDeleter::operator()(bpf_link* link) const {
    bpf_link__destroy(link);
}

void Hooks::choose(sched_bpf& skeleton, const KernelSupport& support) {
    bpf_program__set_autoload(skeleton.progs.gs_switch, support.has_reenqueue_anywhere);
    bpf_program__set_autoload(skeleton.progs.gs_input, support.has_input_event);
    bpf_program__set_autoload(skeleton.progs.gs_input_end, support.has_input_event);
    bpf_program__set_autoload(skeleton.progs.gs_fence, support.has_fence_event);
}

Features::mapped_type Hooks::keep(bpf_link* link, const char* what) {
    if (!link)
        return std::format("{}: {}", what, std::strerror(errno));
    links_.emplace_back(link);
    return true;
}

Features::mapped_type Hooks::attach_function(bpf_program* begin, bpf_program* end,
                                             const char* module, const char* function) {
    if (!std::filesystem::exists(std::filesystem::path("/sys/module") / module))
        return std::format("the module {} is not loaded", module);
    // The end first: a beginning without an end would be taken for something that lasts.
    if (auto result = keep(attach_probe(end, function, true), function);
        !std::holds_alternative<bool>(result))
        return result;
    return keep(attach_probe(begin, function, false), function);
}

void Hooks::attach(sched_bpf& skeleton, const KernelSupport& support, Features& features) {
    keep(bpf_program__attach(skeleton.progs.gs_sched_exec), "sched_process_exec");
    if (support.has_reenqueue_anywhere)
        keep(bpf_program__attach(skeleton.progs.gs_switch), "sched_switch");
    if (support.has_input_event) {
        auto result = keep(bpf_program__attach(skeleton.progs.gs_input_end), "input_event");
        if (std::holds_alternative<bool>(result))
            result = keep(bpf_program__attach(skeleton.progs.gs_input), "input_event");
        features["role-input"] = result;
    }
    if (support.has_fence_event) {
        if (auto result = keep(bpf_program__attach(skeleton.progs.gs_fence), "dma_fence_init");
            !std::holds_alternative<bool>(result))
            features["role-gpu"] = result;
    }
    features["role-input-hidraw"] = attach_function(
        skeleton.progs.gs_hidraw, skeleton.progs.gs_hidraw_end, "hid", "hidraw_report_event");
    features["role-audio"] = attach_function(skeleton.progs.gs_period, skeleton.progs.gs_period_end,
                                             "snd_pcm", "snd_pcm_period_elapsed_under_stream_lock");
    features["role-compositor"] =
        attach_function(skeleton.progs.gs_flip, skeleton.progs.gs_flip_end, "drm",
                        "drm_send_event_timestamp_locked");
}

void Hooks::detach() {
    links_.clear();
}

}  // namespace gamesched

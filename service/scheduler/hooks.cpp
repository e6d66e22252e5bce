// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/scheduler/hooks.h"

#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <format>

#include "service/base/skeletons.h"

namespace gamesched {

// Whoever is woken inside it is so because of a fact.
struct Hooks::Function {
    const char* feature;
    const char* module;
    const char* name;
    __u64 fact;  // enum gs_role; the type is libbpf's
};

namespace {

bpf_link* attach_probe(bpf_program* program, const char* function, const __u64* cookie,
                       bool at_return) {
    bpf_kprobe_multi_opts options = {};
    options.sz = sizeof(options);
    options.syms = &function;
    options.cookies = cookie;
    options.cnt = 1;
    options.retprobe = at_return;
    return bpf_program__attach_kprobe_multi_opts(program, nullptr, &options);
}

}  // namespace

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

Features::mapped_type Hooks::attach_function(sched_bpf& skeleton, const Function& function) {
    if (!std::filesystem::exists(std::filesystem::path("/sys/module") / function.module))
        return std::format("the module {} is not loaded", function.module);
    // The end first: a beginning without an end would be taken for something that lasts.
    if (auto result = keep(attach_probe(skeleton.progs.gs_source_end, function.name, nullptr, true),
                           function.name);
        !std::holds_alternative<bool>(result))
        return result;
    return keep(attach_probe(skeleton.progs.gs_source, function.name, &function.fact, false),
                function.name);
}

void Hooks::attach(sched_bpf& skeleton, Features& features) {
    static constexpr Function kFunctions[] = {
        {"role-input-hidraw", "hid", "hidraw_report_event", GS_ROLE_INPUT},
        {"role-audio", "snd_pcm", "snd_pcm_period_elapsed_under_stream_lock", GS_ROLE_AUDIO},
        {"role-compositor", "drm", "drm_send_event_timestamp_locked", GS_ROLE_COMPOSITOR},
    };
    const auto& programs = skeleton.progs;
    keep(bpf_program__attach(programs.gs_sched_exec), "sched_process_exec");
    if (bpf_program__autoload(programs.gs_switch))
        keep(bpf_program__attach(programs.gs_switch), "sched_switch");
    if (bpf_program__autoload(programs.gs_input)) {
        auto result = keep(bpf_program__attach(programs.gs_input_end), "input_event");
        if (std::holds_alternative<bool>(result))
            result = keep(bpf_program__attach(programs.gs_input), "input_event");
        features["role-input"] = result;
    }
    if (bpf_program__autoload(programs.gs_fence)) {
        if (auto result = keep(bpf_program__attach(programs.gs_fence), "dma_fence_init");
            !std::holds_alternative<bool>(result))
            features["role-gpu"] = result;
    }
    for (const Function& function : kFunctions)
        features[function.feature] = attach_function(skeleton, function);
}

void Hooks::detach() {
    links_.clear();
}

}  // namespace gamesched

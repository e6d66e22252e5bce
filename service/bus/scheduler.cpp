// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "service/bus/scheduler.h"

#include "dbus/names.h"
#include "service/base/process.h"
#include "service/bus/errors.h"
#include "service/bus/explanation.h"
#include "service/bus/reply.h"
#include "service/scheduler/tunables.h"

namespace gamesched {
namespace {

Result<uint64_t> tunable_value(const std::string& name, const sdbus::Variant& value) {
    const Tunable* tunable = find_tunable(name);
    if (!tunable)
        return fail(ErrorKind::kNoSuchTunable,
                    std::format("There is no tunable \"{}\"", printable(name, 64)));
    if (tunable->is_switch && value.containsValueOfType<bool>())
        return value.get<bool>() ? 1 : 0;
    if (!tunable->is_switch && value.containsValueOfType<uint64_t>())
        return value.get<uint64_t>();
    return fail(ErrorKind::kInvalidArgument,
                std::format("value: {} takes {}", name,
                            tunable->is_switch ? "a boolean (b)" : "a number of microseconds (t)"));
}

}  // namespace

SchedulerObject::SchedulerObject(sdbus::IConnection& connection, Calls& calls, Authority& authority,
                                 Core& core)
    : AdaptorInterfaces(connection, sdbus::ObjectPath(names::kManagerPath)),
      calls_(calls),
      authority_(authority),
      core_(core) {
    registerAdaptor();
}

SchedulerObject::~SchedulerObject() {
    unregisterAdaptor();
}

void SchedulerObject::on_changed() {
    getObject().emitPropertiesChangedSignal(INTERFACE_NAME);
}

void SchedulerObject::on_tripped(const Trip& trip) {
    emitWatchdogTripped(trip.kind, trip.reason, static_cast<uint64_t>(trip.stalled.count()),
                        trip.action);
}

void SchedulerObject::SetTunable(sdbus::Result<>&& result, std::string name, sdbus::Variant value) {
    const auto number = tunable_value(name, value);
    if (!number)
        return authority_.refuse(calls_.caller(), std::move(result), number.error());
    authority_.check(calls_.caller(), actions::kSetTunable,
                     [this, name = std::move(name), number = *number,
                      reply = keep(std::move(result))](Result<uid_t> user) {
                         if (!user)
                             return reply->returnError(to_wire(user.error()));
                         if (const auto set = core_.host.set_tunable(name, number); !set)
                             return reply->returnError(to_wire(set.error()));
                         reply->returnResults();
                     });
}

void SchedulerObject::Restart(sdbus::Result<>&& result) {
    authority_.check(calls_.caller(), actions::kSetMode,
                     [this, reply = keep(std::move(result))](Result<uid_t> user) {
                         if (!user)
                             return reply->returnError(to_wire(user.error()));
                         if (const auto restarted = core_.host.restart(); !restarted)
                             return reply->returnError(to_wire(restarted.error()));
                         reply->returnResults();
                     });
}

std::map<std::string, sdbus::Variant> SchedulerObject::Explain(const uint32_t& tid) {
    const auto thread = static_cast<pid_t>(tid);
    const auto facts = core_.backend.thread(thread);
    if (!facts && facts.error().kind == ErrorKind::kNotAttached)
        throw to_wire({ErrorKind::kNotAttached,
                       std::format("The scheduler is not attached, it is {}", State())});
    if (!facts)
        throw to_wire(facts.error());
    auto answer = explain(*facts, core_.host.tunables(),
                          std::as_const(core_.tracker).find_by_tree(facts->tree));
    answer["Tid"] = sdbus::Variant(tid);
    answer["Pid"] = sdbus::Variant(static_cast<uint32_t>(process_of(thread).value_or(thread)));
    answer["Name"] = sdbus::Variant(printable(comm_of(thread), GS_COMM_LEN));
    return answer;
}

std::string SchedulerObject::State() {
    core_.host.on_kernel_change();
    return to_string(core_.host.state());
}

std::string SchedulerObject::Reason() {
    return core_.host.reason();
}

std::string SchedulerObject::Name() {
    return core_.host.name();
}

uint64_t SchedulerObject::SinceUSec() {
    return static_cast<uint64_t>(core_.host.since().count());
}

uint32_t SchedulerObject::Trips() {
    return core_.host.trips();
}

std::map<std::string, sdbus::Variant> SchedulerObject::Tunables() {
    std::map<std::string, sdbus::Variant> tunables;
    for (const Tunable& tunable : all_tunables()) {
        const uint64_t value = get_tunable(core_.host.tunables(), tunable);
        tunables[std::string(tunable.name)] =
            tunable.is_switch ? sdbus::Variant(value != 0) : sdbus::Variant(value);
    }
    return tunables;
}

}  // namespace gamesched

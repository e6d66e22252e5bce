// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/event.h"

#include <algorithm>
#include <format>

namespace gamesched::client {
namespace {

std::string quoted(const std::string& name) {
    return std::format("\"{}\"", printable(name));
}

bool has(const Properties& changed, const char* key) {
    return changed.contains(sdbus::PropertyName{key});
}

Json changed_members(const Properties& changed, std::initializer_list<const char*> keys) {
    Json members = Json::object();
    for (const char* key : keys) {
        if (has(changed, key))
            members[key] = json_of(changed.at(sdbus::PropertyName{key}));
    }
    return members;
}

Event active_changed(const Properties& changed) {
    const bool active = value_or_default<bool>(changed, "Active");
    return {"ActiveChanged", active ? "gaming mode is on" : "gaming mode is off",
            changed_members(changed, {"Active"})};
}

Event mode_changed(const Properties& changed) {
    return {"ModeChanged", printable(value_or_default<std::string>(changed, "Mode")),
            changed_members(changed, {"Mode"})};
}

Event profile_changed(const Properties& changed) {
    return {"ProfileChanged", printable(value_or_default<std::string>(changed, "Profile")),
            changed_members(changed, {"Profile"})};
}

Event holds_changed(const Properties& changed) {
    const auto holds = value_or_default<std::vector<Options>>(changed, "Holds");
    return {"HoldsChanged",
            std::format("{} {}", holds.size(), holds.size() == 1 ? "hold" : "holds"),
            changed_members(changed, {"Holds"})};
}

Event power_changed(const Properties& changed) {
    std::string details;
    for (const PowerView& item : power_views(changed))
        details += std::format("{}{}: {}", details.empty() ? "" : "; ", item.item, item.state);
    return {"PowerChanged", details.empty() ? "as it was" : std::move(details),
            changed_members(changed, {"Power"})};
}

}  // namespace

Event game_started(const std::string& object, std::uint32_t pid, const std::string& name,
                   const std::string& app_id, const std::string& source) {
    std::string details = std::format("{} pid {}", quoted(name), pid);
    if (!app_id.empty())
        details += std::format(", app {}", printable(app_id));
    details += std::format(", {}, {}", printable(source), printable(object));
    return {
        "GameStarted", std::move(details),
        Json{
            {"Game", object}, {"Pid", pid}, {"Name", name}, {"AppId", app_id}, {"Source", source}}};
}

Event game_exited(const std::string& object, std::uint32_t pid, const std::string& name,
                  const Options& summary, Usec now) {
    const Usec ended = usec_or_zero(summary, "EndedUSec");
    const Usec latency = now - ended;
    const auto cause = value_or_default<std::string>(summary, "Cause");
    Json members{{"Game", object}, {"Pid", pid}, {"Name", name}, {"Summary", json_of(summary)}};
    std::string details = std::format("{} pid {}, {} after {}", quoted(name), pid, printable(cause),
                                      duration_text(ended - usec_or_zero(summary, "StartedUSec")));
    // Without the moment of the end there is no latency.
    if (ended.count() != 0) {
        details += std::format(", latency {} µs", latency.count());
        members["LatencyUSec"] = latency.count();
    }
    return {"GameExited", std::move(details), std::move(members)};
}

Event watchdog_tripped(const std::string& kind, const std::string& reason,
                       std::uint64_t stalled_usec, const std::string& action) {
    std::string details = std::format("{}: {}", printable(kind), printable(reason));
    if (stalled_usec != 0)
        details += std::format(", a task waited {} ms", stalled_usec / 1000);
    details += std::format("; {}", printable(action));
    return {
        "WatchdogTripped", std::move(details),
        Json{
            {"Kind", kind}, {"Reason", reason}, {"StalledUSec", stalled_usec}, {"Action", action}}};
}

std::vector<Event> manager_changed(const Properties& changed) {
    std::vector<Event> events;
    if (has(changed, "Mode"))
        events.push_back(mode_changed(changed));
    if (has(changed, "Profile"))
        events.push_back(profile_changed(changed));
    if (has(changed, "Holds"))
        events.push_back(holds_changed(changed));
    if (has(changed, "Active"))
        events.push_back(active_changed(changed));
    if (has(changed, "Power"))
        events.push_back(power_changed(changed));
    return events;
}

std::vector<Event> scheduler_changed(const Properties& changed) {
    Json members = changed_members(changed, {"State", "Reason", "Name"});
    if (members.empty())
        return {};
    const SchedulerView view = scheduler_view(changed);
    std::string details = view.state.empty() ? "state unchanged" : view.state;
    if (!view.name.empty())
        details += std::format(", {}", view.name);
    if (!view.reason.empty())
        details += std::format(": {}", view.reason);
    return {Event{"SchedulerChanged", std::move(details), std::move(members)}};
}

Event presence_changed(bool present) {
    if (present)
        return {"ServiceAppeared", "gameschedd is on the bus", Json::object()};
    return {"ServiceVanished", "gameschedd has left the bus", Json::object()};
}

std::string event_line(const Event& event, WallTime time) {
    return std::format("{}  {:<16}  {}", time_of_day(time), event.kind, event.details);
}

std::string event_json(const Event& event, WallTime time) {
    Json line{{"Time", timestamp(time)}, {"Event", event.kind}};
    line.update(event.members);
    return json_line(line);
}

}  // namespace gamesched::client

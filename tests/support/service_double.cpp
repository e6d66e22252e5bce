// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/support/service_double.h"

#include "dbus/names.h"

namespace gamesched::test {
namespace {

constexpr char kManager[] = "org.gamesched1.Manager";
constexpr char kScheduler[] = "org.gamesched1.Scheduler";
constexpr char kGame[] = "org.gamesched1.Game";

sdbus::ObjectPath path_of(uint32_t pid) {
    return sdbus::ObjectPath(names::kGamePathPrefix + std::to_string(pid));
}

std::vector<sdbus::Struct<int32_t, std::string>> evidence_of(const DoubleGame& game) {
    std::vector<sdbus::Struct<int32_t, std::string>> list;
    for (const std::string& sentence : game.evidence)
        list.emplace_back(100, sentence);
    return list;
}

template <typename Value>
auto constant(Value value) {
    return [value] { return value; };
}

}  // namespace

ServiceDouble::ServiceDouble() : connection_(sdbus::createSystemBusConnection()) {
    object_ = sdbus::createObject(*connection_, sdbus::ObjectPath(names::kManagerPath));
    object_->addObjectManager();
    add_manager();
    add_scheduler();
    connection_->requestName(sdbus::ServiceName(names::kBusName));
    connection_->enterEventLoopAsync();
}

ServiceDouble::~ServiceDouble() {
    connection_->leaveEventLoop();
}

void ServiceDouble::add_manager() {
    using Judgement = std::map<std::string, sdbus::Variant>;
    object_
        ->addVTable(
            sdbus::registerMethod("SetMode").implementedAs([this](std::string mode) {
                on_call("SetMode " + mode);
                set_mode(mode);
            }),
            sdbus::registerMethod("SetProfile").implementedAs([this](std::string profile) {
                on_call("SetProfile " + profile);
            }),
            sdbus::registerMethod("UnregisterGame").implementedAs([this](uint32_t pid) {
                on_call("UnregisterGame " + std::to_string(pid));
            }),
            sdbus::registerMethod("Why").implementedAs([this](uint32_t pid) {
                on_call("Why " + std::to_string(pid));
                const std::lock_guard lock(mutex_);
                return Judgement{{"AppId", sdbus::Variant(state_.app_id)},
                                 {"Executable", sdbus::Variant(state_.executable)}};
            }),
            sdbus::registerProperty("Mode").withGetter(getter(&State::mode)),
            sdbus::registerProperty("Profile").withGetter(getter(&State::profile)),
            sdbus::registerProperty("Profiles")
                .withGetter(constant(std::vector<std::string>{"balanced", "battery", "esports"})),
            sdbus::registerProperty("Active").withGetter([this] { return is_active(); }),
            sdbus::registerSignal("GameStarted")
                .withParameters<sdbus::ObjectPath, uint32_t, std::string, std::string,
                                std::string>())
        .forInterface(sdbus::InterfaceName(kManager));
}

void ServiceDouble::add_scheduler() {
    object_
        ->addVTable(sdbus::registerProperty("State").withGetter(getter(&State::scheduler)),
                    sdbus::registerProperty("Reason").withGetter(getter(&State::reason)),
                    sdbus::registerProperty("Trips").withGetter(getter(&State::trips)),
                    sdbus::registerSignal("WatchdogTripped")
                        .withParameters<std::string, std::string, uint64_t, std::string>())
        .forInterface(sdbus::InterfaceName(kScheduler));
}

bool ServiceDouble::is_active() const {
    const std::lock_guard lock(mutex_);
    return state_.mode == "on" || (state_.mode == "auto" && !games_.empty());
}

void ServiceDouble::on_call(const std::string& call) {
    const std::lock_guard lock(mutex_);
    state_.calls.push_back(call);
    if (!state_.error.empty())
        throw sdbus::Error(sdbus::Error::Name(state_.error), "because the test says so");
}

void ServiceDouble::changed(const char* interface, const std::vector<sdbus::PropertyName>& names) {
    object_->emitPropertiesChangedSignal(sdbus::InterfaceName(interface), names);
}

void ServiceDouble::set_scheduler(const std::string& state, const std::string& reason) {
    {
        const std::lock_guard lock(mutex_);
        state_.scheduler = state;
        state_.reason = reason;
    }
    changed(kScheduler, {sdbus::PropertyName("State"), sdbus::PropertyName("Reason")});
}

void ServiceDouble::set_mode(const std::string& mode) {
    {
        const std::lock_guard lock(mutex_);
        state_.mode = mode;
    }
    changed(kManager, {sdbus::PropertyName("Mode"), sdbus::PropertyName("Active")});
}

void ServiceDouble::start_game(uint32_t pid, const DoubleGame& game) {
    auto object = sdbus::createObject(*connection_, path_of(pid));
    object
        ->addVTable(sdbus::registerProperty("Pid").withGetter(constant(pid)),
                    sdbus::registerProperty("MainPid").withGetter(constant(pid + 1)),
                    sdbus::registerProperty("Name").withGetter(constant(game.name)),
                    sdbus::registerProperty("Source").withGetter(constant(game.source)),
                    sdbus::registerProperty("StartedUSec").withGetter(constant(game.started_usec)),
                    sdbus::registerProperty("Evidence").withGetter(constant(evidence_of(game))))
        .forInterface(sdbus::InterfaceName(kGame));
    object->emitInterfacesAddedSignal();
    {
        const std::lock_guard lock(mutex_);
        games_[pid] = std::move(object);
    }
    changed(kManager, {sdbus::PropertyName("Active")});
    object_->emitSignal("GameStarted")
        .onInterface(kManager)
        .withArguments(path_of(pid), pid, game.name, std::string(), game.source);
}

void ServiceDouble::end_game(uint32_t pid) {
    games_.at(pid)->emitInterfacesRemovedSignal();
    {
        const std::lock_guard lock(mutex_);
        games_.erase(pid);
    }
    changed(kManager, {sdbus::PropertyName("Active")});
}

void ServiceDouble::trip(const std::string& reason, const std::string& action) {
    {
        const std::lock_guard lock(mutex_);
        ++state_.trips;
    }
    set_scheduler("ejected", reason);
    changed(kScheduler, {sdbus::PropertyName("Trips")});
    object_->emitSignal("WatchdogTripped")
        .onInterface(kScheduler)
        .withArguments(std::string("stall"), reason, uint64_t{30'000'000}, action);
}

void ServiceDouble::set_program(const std::string& app_id, const std::string& executable) {
    const std::lock_guard lock(mutex_);
    state_.app_id = app_id;
    state_.executable = executable;
}

void ServiceDouble::refuse(const std::string& error) {
    const std::lock_guard lock(mutex_);
    state_.error = error;
}

std::vector<std::string> ServiceDouble::calls() const {
    const std::lock_guard lock(mutex_);
    return state_.calls;
}

}  // namespace gamesched::test

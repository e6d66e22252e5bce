// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "desktop/client/doctor_facts.h"

#include "desktop/client/process.h"
#include "desktop/client/service.h"
#include "desktop/client/text.h"

#include "dbus/names.h"

#include <sdbus-c++/sdbus-c++.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <format>
#include <fstream>
#include <memory>
#include <sstream>
#include <string_view>
#include <system_error>

#include <dlfcn.h>
#include <sys/utsname.h>
#include <systemd/sd-login.h>
#include <unistd.h>

namespace gamesched::client {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kTimeout{25};
constexpr char kBusInterface[] = "org.freedesktop.DBus";
constexpr char kPolkitName[] = "org.freedesktop.PolicyKit1";
constexpr char kPortalName[] = "org.freedesktop.portal.Desktop";
constexpr char kPowerProfilesName[] = "org.freedesktop.UPower.PowerProfiles";

std::string first_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return printable(line);
}

std::string process_name(std::uint32_t pid) {
    return first_line(std::format("/proc/{}/comm", pid));
}

KernelFacts kernel_facts() {
    utsname name{};
    ::uname(&name);
    std::error_code error;
    return {.release = printable(name.release),
            .has_sched_ext = fs::exists("/sys/kernel/sched_ext", error),
            .ops = first_line("/sys/kernel/sched_ext/root/ops"),
            .has_btf = fs::exists("/sys/kernel/btf/vmlinux", error)};
}

using Connection = std::unique_ptr<sdbus::IConnection>;

std::unique_ptr<sdbus::IProxy> proxy(sdbus::IConnection& connection, const char* name,
                                     const char* path) {
    return sdbus::createProxy(connection, sdbus::ServiceName{name}, sdbus::ObjectPath{path});
}

// Empty if the owner has gone meanwhile.
std::string owner_of(sdbus::IProxy& bus, const std::string& name) {
    try {
        std::uint32_t pid = 0;
        bus.callMethod("GetConnectionUnixProcessID")
            .onInterface(kBusInterface)
            .withArguments(name)
            .storeResultsTo(pid);
        return process_name(pid);
    } catch (const sdbus::Error&) {
        return {};
    }
}

// Asks the bus only: nobody is started.
NameFacts name_facts(sdbus::IConnection& connection, const std::string& name) {
    const auto bus = proxy(connection, kBusInterface, "/org/freedesktop/DBus");
    NameFacts facts;
    std::vector<std::string> activatable;
    bus->callMethod("ListActivatableNames").onInterface(kBusInterface).storeResultsTo(activatable);
    facts.is_activatable = std::ranges::contains(activatable, name);
    bus->callMethod("NameHasOwner")
        .onInterface(kBusInterface)
        .withArguments(name)
        .storeResultsTo(facts.is_owned);
    if (facts.is_owned)
        facts.owner = owner_of(*bus, name);
    return facts;
}

ServiceFacts service_facts() {
    ServiceFacts facts;
    const auto read = [&](Service service) -> Result<void> {
        return service.is_present()
            .and_then([&](bool present) {
                facts.was_running = present;
                return service.manager_properties();
            })
            .and_then([&](const Properties& manager) {
                facts.manager = manager_view(manager);
                return service.scheduler_properties();
            })
            .transform(
                [&](const Properties& scheduler) { facts.scheduler = scheduler_view(scheduler); });
    };
    const auto done = Service::connect_to_read().and_then(read);
    if (!done)
        facts.problem = done.error();
    return facts;
}

Permission permission_of(bool granted, bool challenge) {
    if (granted)
        return Permission::kGranted;
    return challenge ? Permission::kPassword : Permission::kRefused;
}

// Asks as gameschedd asks, about this process.
void ask_polkit(sdbus::IConnection& connection, PolkitFacts& facts) {
    const auto authority = proxy(connection, kPolkitName, "/org/freedesktop/PolicyKit1/Authority");
    const sdbus::Struct<std::string, Options> subject{
        "system-bus-name", {{"name", sdbus::Variant{std::string{connection.getUniqueName()}}}}};
    sdbus::Struct<bool, bool, std::map<std::string, std::string>> answer;
    try {
        authority->callMethod("CheckAuthorization")
            .onInterface("org.freedesktop.PolicyKit1.Authority")
            .withArguments(subject, std::string{"org.gamesched1.register-game"},
                           std::map<std::string, std::string>{}, std::uint32_t{0}, std::string{})
            .storeResultsTo(answer);
        facts.permission = permission_of(std::get<0>(answer), std::get<1>(answer));
    } catch (const sdbus::Error& error) {
        facts.error = printable(error.getMessage());
    }
}

PolkitFacts polkit_facts(sdbus::IConnection& connection) {
    PolkitFacts facts{.name = name_facts(connection, kPolkitName)};
    if (facts.name.is_owned || facts.name.is_activatable)
        ask_polkit(connection, facts);
    return facts;
}

std::optional<SystemBusFacts> system_bus_facts() {
    try {
        const Connection connection = sdbus::createSystemBusConnection();
        connection->setMethodCallTimeout(kTimeout);
        return SystemBusFacts{.polkit = polkit_facts(*connection),
                              .power_profiles = name_facts(*connection, kPowerProfilesName)};
    } catch (const sdbus::Error&) {
        return std::nullopt;
    }
}

// A copy of what sd-login has allocated, which is freed.
std::string taken(char* text) {
    std::string copy = printable(text != nullptr ? text : "");
    std::free(text);
    return copy;
}

// Programs that a user's own systemd has started are in no session; for them, as for polkit, it is
// the one at the display that counts.
LoginFacts login_facts() {
    LoginFacts facts;
    char* text = nullptr;
    if (::sd_pid_get_session(0, &text) < 0 && ::sd_uid_get_display(::getuid(), &text) < 0)
        return facts;
    facts.session = taken(text);
    facts.is_active = ::sd_session_is_active(facts.session.c_str()) > 0;
    facts.is_remote = ::sd_session_is_remote(facts.session.c_str()) > 0;
    facts.has_seat =
        ::sd_session_get_seat(facts.session.c_str(), &text) >= 0 && !taken(text).empty();
    return facts;
}

std::string environment(const char* name, const std::string& otherwise) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

// Where a session bus looks for what to start, the first one that has it wins.
std::vector<fs::path> session_service_directories() {
    std::vector<fs::path> parents;
    if (const std::string runtime = environment("XDG_RUNTIME_DIR", ""); !runtime.empty())
        parents.emplace_back(runtime);
    parents.emplace_back(
        environment("XDG_DATA_HOME", environment("HOME", "/nonexistent") + "/.local/share"));
    std::istringstream shared(environment("XDG_DATA_DIRS", "/usr/local/share:/usr/share"));
    for (std::string directory; std::getline(shared, directory, ':');)
        parents.emplace_back(directory);
    for (fs::path& parent : parents)
        parent /= "dbus-1/services";
    return parents;
}

// The program of the first Exec line, without its arguments and directory.
std::string program_of(const fs::path& service_file) {
    constexpr std::string_view kKey = "Exec=";
    std::ifstream file(service_file);
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(kKey))
            return printable(base_name(line.substr(kKey.size(), line.find(' ') - kKey.size())));
    return {};
}

std::string program_started_for(const std::string& name) {
    for (const fs::path& directory : session_service_directories())
        if (std::string program = program_of(directory / (name + ".service")); !program.empty())
            return program;
    return {};
}

// The portal is not started for this: it would start a part of the desktop.
std::optional<std::uint32_t> gamemode_portal(sdbus::IConnection& connection) {
    try {
        return proxy(connection, kPortalName, "/org/freedesktop/portal/desktop")
            ->getProperty("version")
            .onInterface("org.freedesktop.portal.GameMode")
            .get<std::uint32_t>();
    } catch (const sdbus::Error&) {
        return std::nullopt;
    }
}

std::optional<SessionBusFacts> session_bus_facts() {
    try {
        const Connection connection = sdbus::createSessionBusConnection();
        connection->setMethodCallTimeout(kTimeout);
        SessionBusFacts facts{.gamemode = name_facts(*connection, names::kGameModeName),
                              .gamemode_program = program_started_for(names::kGameModeName),
                              .portal = name_facts(*connection, kPortalName)};
        if (facts.portal.is_owned)
            facts.gamemode_portal = gamemode_portal(*connection);
        return facts;
    } catch (const sdbus::Error&) {
        return std::nullopt;
    }
}

// As games look for it.
bool can_load(const char* library) {
    void* handle = ::dlopen(library, RTLD_LAZY | RTLD_LOCAL);
    if (handle == nullptr)
        return false;
    ::dlclose(handle);
    return true;
}

// Neither a thread of the kernel nor a process that has ended and waits for its parent.
bool has_command_line(std::uint32_t pid) {
    return std::ifstream(std::format("/proc/{}/cmdline", pid)).peek() !=
           std::ifstream::traits_type::eof();
}

std::optional<RivalProcess> rival_process(std::uint32_t pid) {
    const std::string name = process_name(pid);
    const Rival* rival = find_rival(name);
    if (rival == nullptr || !has_command_line(pid))
        return std::nullopt;
    RivalProcess process{.rival = rival, .pid = pid, .name = name};
    char* unit = nullptr;
    if (::sd_pid_get_unit(static_cast<pid_t>(pid), &unit) >= 0)
        process.unit = taken(unit);
    if (::sd_pid_get_user_unit(static_cast<pid_t>(pid), &unit) >= 0)
        process.user_unit = taken(unit);
    return process;
}

std::vector<RivalProcess> rival_processes() {
    std::vector<RivalProcess> processes;
    std::error_code error;
    for (fs::directory_iterator entry("/proc", error), end; entry != end; entry.increment(error)) {
        const std::string name = entry->path().filename();
        std::uint32_t pid = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), pid);
        if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size())
            continue;
        if (auto process = rival_process(pid))
            processes.push_back(std::move(*process));
    }
    std::ranges::sort(processes, {}, &RivalProcess::pid);
    return processes;
}

}  // namespace

Facts gather_facts() {
    return {.version = GAMESCHED_VERSION,
            .is_root = ::geteuid() == 0,
            .kernel = kernel_facts(),
            .service = service_facts(),
            .system_bus = system_bus_facts(),
            .login = login_facts(),
            .session_bus = session_bus_facts(),
            .has_libgamemode = can_load("libgamemode.so.0"),
            .sees_all_processes = !process_name(1).empty(),
            .rivals = rival_processes()};
}

}  // namespace gamesched::client

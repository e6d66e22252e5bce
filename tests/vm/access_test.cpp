// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

// Who may what, with the real polkit and real sessions.

#include <grp.h>

#include <array>
#include <format>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>

#include "dbus/names.h"
#include "tests/support/pidfd.h"
#include "tests/vm/machine.h"

namespace gamesched::test {
namespace {

using Access = Vm;

constexpr uid_t kPlayer = 1000, kOther = 1001;

TEST_F(Access, AnActiveUserMayRegisterOwnProcesses) {
    const Output own = as_player("gamesched run -- sleep 0.1");
    EXPECT_EQ(own.status, 0) << own.text;
    EXPECT_TRUE(eventually([&] { return listener.exited().size() == 1; })) << own.text;
}

TEST_F(Access, AUserWithoutASessionMayNot) {
    const Output refused = sh("runuser -u other -- gamesched run -- echo it ran");
    EXPECT_EQ(refused.status, 0);
    EXPECT_NE(refused.text.find("without gaming mode"), std::string::npos) << refused.text;
    EXPECT_NE(refused.text.find("it ran"), std::string::npos) << refused.text;
}

// ------------------------------------------------------------------ callers

// A session at the seat; that of the first virtual terminal is the active one.
class Session {
  public:
    Session(const std::string& user, int terminal) : unit_("seat-of-" + user) {
        EXPECT_TRUE(succeeds(
            sh(std::format("systemd-run --quiet --collect --unit={0} --uid={1} -p PAMName=login "
                           "-p TTYPath=/dev/tty{2} -p Environment='XDG_SEAT=seat0 XDG_VTNR={2}' "
                           "sleep infinity",
                           unit_, user, terminal))));
        EXPECT_TRUE(eventually(
            [&] {
                group_ = read_text("/proc/" + main_pid() + "/cgroup");
                return group_.contains("/session-");
            },
            std::chrono::seconds(60)))
            << group_;
        group_ = group_.substr(group_.find('/'));
    }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { sh("systemctl stop " + unit_); }

    bool is_active() const {
        const size_t begin = group_.find("/session-") + 9;
        const std::string id = group_.substr(begin, group_.find(".scope", begin) - begin);
        return sh("loginctl show-session -P Active " + id).text == "yes";
    }
    // From now on the calling process belongs to it.
    void join() const { std::ofstream("/sys/fs/cgroup" + group_ + "/cgroup.procs") << getpid(); }

  private:
    std::string main_pid() const { return sh("systemctl show -P MainPID " + unit_).text; }

    std::string unit_, group_;
};

void become(uid_t user) {
    if (setgroups(0, nullptr) != 0 || setgid(user) != 0 || setuid(user) != 0)
        _exit(1);
}

Child process_of(uid_t user) {
    Child process([user] {
        become(user);
        execlp("sleep", "sleep", "600", nullptr);
    });
    // Until then it is root's.
    EXPECT_TRUE(eventually(
        [&] { return read_text(std::format("/proc/{}/comm", process.pid())) == "sleep"; }));
    return process;
}

// ------------------------------------------------------------------ the table

// Each member is tried by all of them.
enum Who { kRoot, kActive, kInactive, kActiveForAnother, kWithoutPolkit, kNumberOfWho };

constexpr std::array kNames = {"root", "a user with an active session",
                               "a user with an inactive session",
                               "a user with an active session, of another user's process",
                               "a user with an active session, without polkit"};

// What a caller speaks of.
struct About {
    uint32_t pid, other_pid;  // two games of one user
    std::string object;       // of the first
    uint32_t cookie;          // of somebody else's hold
};

class Calls {
  public:
    explicit Calls(About what)
        : about(std::move(what)), connection_(sdbus::createSystemBusConnection()) {}

    template <typename... Arguments>
    void operator()(const std::string& method, const Arguments&... arguments) {
        const auto [interface, name] = parts_of(method);
        const auto proxy = proxy_for(interface);
        auto call =
            proxy->createMethodCall(sdbus::InterfaceName(interface), sdbus::MethodName(name));
        (void)(call << ... << arguments);
        proxy->callMethod(call);
    }

    void read(const std::string& property) {
        const auto [interface, name] = parts_of(property);
        (void)proxy_for(interface)->getProperty(name).onInterface(interface);
    }

    const About about;

  private:
    static std::pair<std::string, std::string> parts_of(const std::string& member) {
        const size_t dot = member.rfind('.');
        return {member.substr(0, dot), member.substr(dot + 1)};
    }
    std::unique_ptr<sdbus::IProxy> proxy_for(const std::string& interface) {
        return sdbus::createProxy(
            *connection_, sdbus::ServiceName(names::kBusName),
            sdbus::ObjectPath(interface == "org.gamesched1.Game" ? about.object
                                                                 : names::kManagerPath));
    }

    std::unique_ptr<sdbus::IConnection> connection_;
};

using Outcomes = std::array<const char*, kNumberOfWho>;

constexpr Outcomes kEverybody = {"ok", "ok", "ok", "ok", "ok"},
                   kNobody = {"AccessDenied", "AccessDenied", "AccessDenied", "AccessDenied",
                              "AccessDenied"},
                   kRootOnly = {"ok", "AccessDenied", "AccessDenied", "AccessDenied",
                                "AccessDenied"},
                   kActiveSessions = {"ok", "ok", "AccessDenied", "ok", "AccessDenied"},
                   kActiveSessionsForThemselves = {"ok", "ok", "AccessDenied", "AccessDenied",
                                                   "AccessDenied"},
                   kNobodyElses = {"NoSuchHold", "NoSuchHold", "NoSuchHold", "NoSuchHold",
                                   "NoSuchHold"};

struct Row {
    std::string member;  // a method, or a property, which nobody can write
    Outcomes expected;
    std::function<void(Calls&, const std::string& member)> call;
};

using Options = std::map<std::string, sdbus::Variant>;

template <typename... Arguments>
std::function<void(Calls&, const std::string&)> with(Arguments... arguments) {
    return [=](Calls& calls, const std::string& member) { calls(member, arguments...); };
}

void on_process(Calls& calls, const std::string& member) {
    calls(member, calls.about.pid);
}

std::vector<Row> properties(const std::string& interface, const std::vector<std::string>& names) {
    std::vector<Row> rows;
    for (const std::string& name : names)
        rows.push_back({interface + '.' + name, kEverybody,
                        [](Calls& calls, const std::string& member) { calls.read(member); }});
    return rows;
}

// In the order in which they are called, all by the same connection.
std::vector<Row> make_table() {
    const std::string kManager = "org.gamesched1.Manager", kBus = "org.freedesktop.DBus.";
    std::vector<Row> rows = {
        {kManager + ".RegisterGame", kActiveSessionsForThemselves,
         [](Calls& calls, const std::string& member) {
             calls(member, calls.about.pid, Options());
         }},
        {kManager + ".RegisterGameByPidFd", kActiveSessionsForThemselves,
         [](Calls& calls, const std::string& member) {
             calls(member, pidfd_of(calls.about.other_pid), Options());
         }},
        {kManager + ".Why", kActiveSessionsForThemselves, on_process},
        {"org.gamesched1.Game.SetTitle", kActiveSessionsForThemselves,
         with(std::string("A title"))},
        {"org.gamesched1.Game.GetStats", kEverybody, with()},
        {kManager + ".SetFocus", kActiveSessions, on_process},
        {kManager + ".Hold", kActiveSessions, with(std::string("test"), std::string("because"))},
        {kManager + ".Release", kNobodyElses,
         [](Calls& calls, const std::string& member) { calls(member, calls.about.cookie); }},
        {"org.gamesched1.Scheduler.Explain", kEverybody, on_process},
        {"org.gamesched1.Scheduler.SetTunable", kRootOnly,
         with(std::string("slice-usec"), sdbus::Variant(uint64_t{3000}))},
        {"org.gamesched1.Scheduler.Restart", kRootOnly, with()},
        {"org.gamesched1.Stats.Get", kEverybody, with()},
        {"org.gamesched1.Stats.Subscribe", kEverybody, with(uint32_t{60'000})},
        {"org.gamesched1.Stats.Unsubscribe", kEverybody, with()},
        {"org.gamesched1.Stats.GetHistory", kEverybody, with(uint32_t{1})},
        {kManager + ".UnregisterGame", kActiveSessionsForThemselves, on_process},
        {kManager + ".UnregisterGameByPidFd", kActiveSessionsForThemselves,
         [](Calls& calls, const std::string& member) {
             calls(member, pidfd_of(calls.about.other_pid));
         }},
        {kManager + ".SetMode", kRootOnly, with(std::string("auto"))},
        {kManager + ".SetProfile", kRootOnly, with(std::string())},
        {kManager + ".Reload", kRootOnly, with()},
        {kBus + "Peer.Ping", kEverybody, with()},
        {kBus + "Peer.GetMachineId", kEverybody, with()},
        {kBus + "Introspectable.Introspect", kEverybody, with()},
        {kBus + "ObjectManager.GetManagedObjects", kEverybody, with()},
        {kBus + "Properties.Get", kEverybody, with(kManager, std::string("Mode"))},
        {kBus + "Properties.GetAll", kEverybody, with(kManager)},
        {kBus + "Properties.Set", kNobody,
         with(kManager, std::string("Mode"), sdbus::Variant(std::string("on")))},
    };
    // First: later a game has gone.
    for (const auto& of_interface :
         {properties("org.gamesched1.Game",
                     {"Pid", "MainPid", "Evidence", "Name", "NameSource", "AppId", "Executable",
                      "User", "Source", "Scope", "Profile", "StartedUSec"}),
          properties(kManager, {"Mode", "Active", "Profile", "Profiles", "Games", "Focus", "Holds",
                                "Version", "Features", "Power", "ScopeWeight"}),
          properties("org.gamesched1.Scheduler",
                     {"State", "Reason", "Name", "SinceUSec", "Trips", "Tunables"})})
        rows.insert(rows.begin(), of_interface.begin(), of_interface.end());
    return rows;
}

const std::vector<Row>& table() {
    static const std::vector<Row> rows = make_table();
    return rows;
}

std::string outcome_of(const Row& row, Calls& calls) {
    try {
        row.call(calls, row.member);
    } catch (const sdbus::Error& error) {
        const std::string name = error.getName();
        return name.substr(name.rfind('.') + 1);
    }
    return "ok";
}

// By a process of this user, in this session or in none.
std::map<std::string, std::string> outcomes(uid_t user, const Session* session,
                                            const About& about) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    Child caller([&] {
        if (session)
            session->join();
        become(user);
        Calls calls(about);
        for (const Row& row : table()) {
            const std::string line = row.member + ' ' + outcome_of(row, calls) + '\n';
            if (write(ends[1], line.data(), line.size()) < 0)
                _exit(1);
        }
    });
    close(ends[1]);
    std::string text;
    std::array<char, 4096> part;
    for (ssize_t got = 0; (got = read(ends[0], part.data(), part.size())) > 0;)
        text.append(part.data(), static_cast<size_t>(got));
    close(ends[0]);
    caller.reap();
    std::map<std::string, std::string> all;
    std::istringstream lines(text);
    for (std::string member, outcome; lines >> member >> outcome;)
        all[member] = outcome;
    return all;
}

// All methods and properties of the main object and a game; of what can be written " =", too.
std::set<std::string> members_shown(const std::string& game) {
    std::set<std::string> members;
    for (const std::string& object : {std::string(names::kManagerPath), game}) {
        const std::string xml =
            sh("busctl introspect --xml-interface org.gamesched1 " + object).text;
        const std::regex element("<(interface|method|property) name=\"([^\"]*)\"[^>]*>");
        std::string interface;
        for (std::sregex_iterator at(xml.begin(), xml.end(), element), end; at != end; ++at) {
            const std::string kind = (*at)[1], name = (*at)[2];
            if (kind == "interface")
                interface = name;
            else
                members.insert(interface + '.' + name);
            if (kind == "property" && !at->str().contains("access=\"read\""))
                members.insert(interface + '.' + name + " =");
        }
    }
    return members;
}

struct Table : Vm {
    void expect_outcomes(Who who, uid_t caller, const Session* session, uid_t owner) {
        const Child one = process_of(owner), other = process_of(owner);
        const std::string object = listener.RegisterGame(one.pid(), {});
        listener.RegisterGame(other.pid(), {});
        const About about = {one.pid(), other.pid(), object, listener.Hold("test", "")};
        EXPECT_EQ(ops(), "gamesched");
        const auto found = outcomes(caller, session, about);
        for (const Row& row : table()) {
            const auto outcome = found.find(row.member);
            EXPECT_EQ(outcome == found.end() ? "not called" : outcome->second, row.expected[who])
                << row.member << " by " << kNames[who];
        }
        listener.SetMode("auto");  // ends the hold
    }
};

TEST_F(Table, EachMemberServesThoseWhoMayCallItAndNobodyElse) {
    {
        const Child process = process_of(kPlayer);
        std::set<std::string> rows;
        for (const Row& row : table())
            rows.insert(row.member);
        EXPECT_EQ(members_shown(listener.RegisterGame(process.pid(), {})), rows)
            << "what the service has and what the table has";
    }
    expect_outcomes(kRoot, 0, nullptr, kPlayer);
    {
        const Session inactive("other", 2);
        EXPECT_FALSE(inactive.is_active());
        expect_outcomes(kInactive, kOther, &inactive, kOther);
    }
    const Session active("player", 1);
    ASSERT_TRUE(active.is_active());
    expect_outcomes(kActive, kPlayer, &active, kPlayer);
    expect_outcomes(kActiveForAnother, kPlayer, &active, kOther);
    const WithoutPolkit without_polkit;
    expect_outcomes(kWithoutPolkit, kPlayer, &active, kPlayer);
    expect_outcomes(kRoot, 0, nullptr, kPlayer);
}

}  // namespace
}  // namespace gamesched::test
